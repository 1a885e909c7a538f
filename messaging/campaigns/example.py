"""The campaign file that ``overflight campaign init`` writes: commented, and it loads as it is."""

from datetime import date, timedelta

import msgspec

from messaging.campaigns.definition import CampaignKey
from messaging.channel_kinds import CHANNEL_KINDS
from messaging.errors import CampaignError, Problem
from messaging.toml_tables import expected


def example_campaign(key: str, *, first_day: date) -> str:
    """Return a commented campaign file that loads as it is, and lasts for a week.

    Raises:
        CampaignError: ``key`` cannot name a campaign.
    """
    try:
        msgspec.convert(key, CampaignKey)
    except msgspec.ValidationError:
        wanted = expected(CampaignKey)
        problem = Problem(origin="new campaign", key="key", expected=wanted, got=repr(key))
        raise CampaignError(problem) from None
    last_day = first_day + timedelta(days=7)
    dated = _EXAMPLE.replace("FIRST_DAY", f"{first_day}", 1)
    channels = ", ".join(f'"{kind.name}" {kind.does}' for kind in CHANNEL_KINDS.values())
    dated = dated.replace("LAST_DAY", f"{last_day}", 1).replace("CHANNELS", channels, 1)
    return dated.replace("KEY", key, 1)


_EXAMPLE = '''\
# A campaign: what to say to whom, about which passes, and when.
# Nothing is sent because this file is loaded: a campaign is approved and armed first.

key = "KEY"                      # its permanent identity: edit everything but this
title = "Greetings from above"
purpose = "marketing"            # customers must have consented to this purpose
channel = "file"                 # CHANNELS
satellites = [25544, 48274]      # catalog numbers: the ISS and Tiangong
start = FIRST_DAY               # passes that culminate from here on ...
end = LAST_DAY                 # ... and before this, at most 31 days later
limit_per_customer = 1           # messages to one customer in this campaign, 1 to 100
default_language = "en"          # for customers whose language has no text below

[passes]
min_elevation = 10               # degrees; rise and set are crossings of this elevation
min_culmination = 40             # degrees; leave out passes that stay lower (optional)
visible_only = false             # true: only sunlit passes in a dark sky
choose = "best"                  # "best" (the highest), "first", or "each"

[moment]
at = "before"                    # "aos" (the rise), "culmination", or "before"
minutes_before = 10              # before the rise; only with at = "before"

# Texts are plain. They may name:
#   pass.satellite  pass.norad_id  pass.date  pass.time (highest point)  pass.aos_time
#   pass.los_time  pass.aos_direction  pass.direction  pass.los_direction
#   pass.elevation (degrees)  pass.range_km  pass.minutes  pass.visible
#   place.city  place.country  place.time_zone
#   customer.name  customer.language  customer.attributes.ANYTHING
# Times are local, dates and numbers in the customer's language. Where a value may be missing:
#   {{ customer.attributes.nickname|default(customer.name) }}

[texts.en]
subject = "{{ pass.satellite }} over {{ place.city }} at {{ pass.time }}"
text = """
Dear {{ customer.name }},

{{ pass.satellite }} is flying over {{ place.city }}. At {{ pass.time }} it is highest: \\
look {{ pass.direction }}, {{ pass.elevation }}° above the horizon.
{% if pass.visible %}
You can see it with the naked eye.
{% endif %}
"""

[texts.de]
subject = "{{ pass.satellite }} über {{ place.city }} um {{ pass.time }} Uhr"
text = """
Hallo {{ customer.name }},

{{ pass.satellite }} fliegt über {{ place.city }}. Der höchste Punkt ist um {{ pass.time }} Uhr \\
erreicht: Blick nach {{ pass.direction }}, {{ pass.elevation }}° über dem Horizont.
{% if pass.visible %}
Der Überflug ist mit bloßem Auge zu sehen.
{% endif %}
"""

[texts.zh]
subject = "{{ pass.time }}，{{ pass.satellite }} 飞越{{ place.city }}上空"
text = """
{{ customer.name }}，你好！

{{ pass.satellite }} 即将飞越{{ place.city }}上空。{{ pass.time }} 到达最高点：\\
请望向{{ pass.direction }}方，仰角 {{ pass.elevation }}°。
{% if pass.visible %}
届时肉眼可见。
{% endif %}
"""

[texts.es]
subject = "{{ pass.satellite }} sobre {{ place.city }} a las {{ pass.time }}"
text = """
Hola, {{ customer.name }}:

{{ pass.satellite }} sobrevuela {{ place.city }}. A las {{ pass.time }} alcanza su punto más \\
alto: mira hacia el {{ pass.direction }}, a {{ pass.elevation }}° sobre el horizonte.
{% if pass.visible %}
Se puede ver a simple vista.
{% endif %}
"""

[texts.ar]
subject = "الساعة {{ pass.time }} تمرّ {{ pass.satellite }} فوق {{ place.city }}"
text = """
مرحبًا {{ customer.name }}،

تمرّ {{ pass.satellite }} فوق {{ place.city }}، وتبلغ أعلى نقطة لها الساعة {{ pass.time }}: \\
انظر باتجاه {{ pass.direction }}، على ارتفاع {{ pass.elevation }}° فوق الأفق.
{% if pass.visible %}
يمكن رؤيتها بالعين المجردة.
{% endif %}
"""
'''
