"""The console's pages of the rules of engagement: settings, versions, preview, past decisions read again."""
