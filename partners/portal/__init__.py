"""The partners' own pages: home, account, changing the partner."""
