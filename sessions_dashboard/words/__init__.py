"""Every word that a person sees, a module a page area: a translation is a change of this data."""
