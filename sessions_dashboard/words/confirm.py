"""The page that asks for the password before anything else."""

from sessions_dashboard.sessions.binding import Moved

LEAD = "Enter your password to go on."
REASONS = {
    Moved.IP_ADDRESS.value: "You are on another network than before.",
    Moved.USER_AGENT.value: "This is another browser than the one you signed in with.",
}
SUBMIT = "Continue"
