"""Many searches from one file, on one machine or on a cluster."""
