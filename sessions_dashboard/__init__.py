"""A session dashboard: every browser signed in to an account, and the means to sign it out."""
