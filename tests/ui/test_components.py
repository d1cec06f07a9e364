"""The components page in a real browser: nobody is kept out, nothing runs over the edge."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from conference.accounts import actions
from conference.accounts.sessions import cookie_name
from conference.foundation import clock
from conference.foundation.actor import Role, ScopeKind
from conference.foundation.db import transaction
from tests.factories import make_account
from tests.services.axe import violations


@pytest.fixture
def components(serve, make_app, sqlite_url):
    """The address of the page and the cookie of someone who may see it."""
    app = make_app(database_url=sqlite_url)
    with app.app_context(), transaction():
        account = make_account(Role.ADMIN, ScopeKind.ALL, None)
        token = actions.open_session(account=account, at=clock.now(), lives=timedelta(hours=1))
        name = cookie_name("staff")
    server = serve(database_url=sqlite_url)
    return f"{server.url}/components", {"name": name, "value": token, "url": server.url}


def open_page(device, components, kind, **options):
    url, cookie = components
    context = device(kind, bypass_csp=True, **options)  # the checker is injected as a script
    context.add_cookies([cookie])
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    assert page.goto(url).status == 200
    page.wait_for_load_state("networkidle")
    assert complaints == []
    return page


def test_nobody_is_kept_out_and_nothing_runs_over_the_edge(device, components):
    for kind in ("desktop", "phone"):
        page = open_page(device, components, kind)
        found = violations(page)
        assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []
    page = open_page(device, components, "phone", viewport={"width": 320, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_questions_begin_safely_and_chosen_rows_are_counted(device, components):
    page = open_page(device, components, "desktop")
    page.click("[data-opens=l-dialog]")
    dialog = page.locator("#l-dialog")
    expect(dialog).to_be_visible()
    assert page.evaluate("document.activeElement.hasAttribute('data-closes')")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert page.evaluate("document.activeElement.dataset.opens") == "l-dialog"

    form = page.locator("[data-module='ui/selection']").first
    bar = form.locator("[data-part=bar]")
    expect(bar).to_be_hidden()
    form.locator("td.cell-select input").nth(1).check()
    expect(bar.locator("[data-part=count]")).to_have_text("1")
    bar.locator("[data-part=all]").click()
    expect(bar.locator("[data-part=count]")).to_have_text("551")
    assert form.locator("[data-part=everything]").input_value() == "1"
    bar.locator("[data-part=none]").click()
    expect(bar).to_be_hidden()


def test_a_pressed_button_says_so_until_the_answer_comes_and_is_itself_again_on_the_way_back(device, components):
    page = open_page(device, components, "desktop")
    sent: list[str] = []

    def stay_on_the_page(route):
        if route.request.method == "POST":
            sent.append(route.request.url)
            route.fulfill(status=204)
        else:
            route.continue_()

    page.route("**/*", stay_on_the_page)
    page.click("[data-opens=l-dialog]")
    pressed = page.locator("#l-dialog button[type=submit]")
    label = pressed.inner_text()
    pressed.click()
    expect(pressed).to_have_text("Đang thực hiện…")
    pressed.click()
    assert len(sent) == 1
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(pressed).to_have_text(label)
