"""What an index says of itself in its `info`."""

# The only database that has it, by SQLAlchemy's name of its dialect.
ONLY_ON = "only_on"
