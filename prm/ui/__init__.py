"""What every page is made of: icons, words for states, charts. Templates reach it through ``{% load ui %}``."""
