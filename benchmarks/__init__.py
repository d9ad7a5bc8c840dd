"""What it costs, beside its floor, in one run. Ratios only: never read these figures as rates of a machine."""
