"""What Cuvée puts inside a workload's environment."""
