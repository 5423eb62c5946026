"""Every word that people see, one module for each part of the site: a translation changes these."""
