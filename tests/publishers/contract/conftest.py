from hypothesis import HealthCheck, settings

# A busy machine, or hypothesis building its tables in a fresh clone, is no fault of the code.
settings.register_profile("contract", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("contract")
