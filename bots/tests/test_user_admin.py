"""What the operator does to a user reaches the user's bots."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.test import RequestFactory

from bots.models import BotConfiguration
from bots.roster import Roster
from saas.clock import utc_now
from users.models import User


@pytest.mark.parametrize(("changed", "still_known"), [(["is_active"], False), (["email"], True)])
def test_bots_of_a_deactivated_user_are_forgotten_at_the_next_refresh(
    bot: BotConfiguration, changed: list[str], still_known: bool
) -> None:
    now = utc_now()
    BotConfiguration.objects.update(updated_at=now - timedelta(hours=1))
    roster = Roster()
    roster.refresh(now)
    owner = bot.owner
    owner.is_active = False
    form = SimpleNamespace(changed_data=changed)
    admin.site.get_model_admin(User).save_model(RequestFactory().post("/"), owner, form, True)
    roster.refresh(now + timedelta(seconds=2))
    assert (bot.pk in roster.bots) is still_known
