"""House rules of our REST APIs: SIDs, parameters, pages, dates and errors. Knows no model."""
