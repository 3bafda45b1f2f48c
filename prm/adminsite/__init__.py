"""What every page of ``/admin/`` stands on: the site, who may come in, and how refusals are shown."""
