"""What every test may ask for."""

pytest_plugins = ["tests.servers", "tests.databases", "tests.browsers", "tests.presenting", "tests.office", "tests.paying", "tests.benefits"]
