"""How Django draws forms here: ``{{ form }}`` and ``{{ form.as_div }}`` use our fields, also inside allauth."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """Form templates from ``templates/components/``; widgets keep Django's own."""

    form_template_name = "components/form.html"
    field_template_name = "components/field_of_form.html"
