"""Joint business plans: drafted by the channel manager, agreed by the partner's owner, in versions."""
