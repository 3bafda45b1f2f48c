"""The template tags behind ``{% load ui %}``, by topic; usage stands in docs/design.md."""
