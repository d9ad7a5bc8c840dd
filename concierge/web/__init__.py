"""Door furniture: what every blueprint uses and none owns."""
