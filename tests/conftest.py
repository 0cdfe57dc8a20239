"""What every test may ask for: databases, a broker, a browser, a clock."""
