"""The navigation within the administrators' pages."""

NAVIGATION = "Administration"
OVERVIEW = "Overview"
SESSIONS = "Sessions"
USERS = "Users"
EVENTS = "Events"
POLICY = "Policy"
CLEANUP = "Clean-up"
