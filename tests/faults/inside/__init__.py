"""What is loaded into the processes under fault: shorter clocks, places to die at, mutants."""
