"""The one tag library that the topics share."""

from typing import Final

from django import template

register: Final = template.Library()
