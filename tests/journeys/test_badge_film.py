"""The door reads the product's own printed badges from a moving picture: clean ones all, spoilt ones nearly all."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable
from dataclasses import dataclass

import pypdfium2
from playwright.sync_api import BrowserContext, Page, TimeoutError

from conference.directory.models import Unit
from conference.foundation.db import db
from conference.planning.models import Conference
from conference.registry import badges
from conference.registry.badge_jobs import badge_pdf
from conference.sites.models import Site
from tests.factories import make_attendee
from tests.journeys.door_day import DoorDay
from tests.journeys.door_hand import open_door

PATIENCE = 3_000
"""So long a host holds a badge before the camera before turning it, in ms."""

CAMERA = """
const canvas = document.createElement("canvas");
canvas.width = 1280;
canvas.height = 720;
const context = canvas.getContext("2d");
let scene = null;
function draw() {
  context.filter = "none";
  context.fillStyle = "#5b5a57";
  context.fillRect(0, 0, 1280, 720);
  for (let speck = 0; speck < 900; speck += 1) {
    context.fillStyle = Math.random() < 0.5 ? "#4c4b48" : "#6d6c68";
    context.fillRect(Math.random() * 1280, Math.random() * 720, 6, 6);
  }
  if (!scene) return;
  const { picture, turn, blur, glare, dark, mirrored, dx, dy } = scene;
  context.save();
  context.translate(640 + dx, 360 + dy);
  context.rotate(turn);
  if (mirrored) context.scale(-1, 1);
  context.filter = blur ? `blur(${blur}px)` : "none";
  context.drawImage(picture, -picture.width / 2, -picture.height / 2);
  context.restore();
  if (dark) {
    context.fillStyle = `rgb(0 0 0 / ${dark})`;
    context.fillRect(0, 0, 1280, 720);
  }
  if (glare) {
    const [x, y, radius] = glare;
    const light = context.createRadialGradient(640 + x, 360 + y, 0, 640 + x, 360 + y, radius);
    light.addColorStop(0, "rgb(255 255 255 / .85)");
    light.addColorStop(1, "rgb(255 255 255 / 0)");
    context.fillStyle = light;
    context.fillRect(0, 0, 1280, 720);
  }
}
setInterval(draw, 50);
draw();
window.hold = (badge) => {
  if (!badge) return void (scene = null);
  const picture = new OffscreenCanvas(badge.width, badge.height);
  const grey = Uint8Array.from(atob(badge.grey), (letter) => letter.charCodeAt(0));
  const pixels = new ImageData(badge.width, badge.height);
  grey.forEach((value, place) => pixels.data.set([value, value, value, 255], place * 4));
  picture.getContext("2d").putImageData(pixels, 0, 0);
  scene = { ...badge, picture };
};
navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(20);
"""


@dataclass(frozen=True)
class Spoiling:
    """How a badge is held before the camera, drawn anew for each."""

    turn: float = 0.0  # at most, in radians
    blur: float = 0.0  # in pixels of a picture in which a module of the code is 7 pixels wide
    glare: float = 0.0  # radius of the light's reflection, in pixels; the code is 276 pixels wide
    dark: float = 0.0  # share of the light that is missing
    mirrored: bool = False  # as a camera on the side of the screen shows it

    def drawn(self, chance: random.Random) -> dict[str, object]:
        reflection = [chance.uniform(-140, 140), chance.uniform(-180, 100), self.glare] if self.glare else None
        return {
            "turn": chance.uniform(-self.turn, self.turn),
            "blur": self.blur,
            "glare": reflection,
            "dark": self.dark,
            "mirrored": self.mirrored,
            "dx": chance.uniform(-60, 60),
            "dy": chance.uniform(-15, 15),
        }


SPOILT = {
    "blur": Spoiling(blur=2.5),
    "glare": Spoiling(glare=90),
    "rotation": Spoiling(turn=3.14),
    "dark": Spoiling(dark=0.8),
    "mirrored": Spoiling(mirrored=True),
}


def badge_pictures(day: DoorDay, count: int) -> list[dict[str, object]]:
    """The printed pages, in grey, of ``count`` people called to this door."""

    def call() -> None:
        conference, site = db.session.get_one(Conference, day.conference), db.session.get_one(Site, day.here)
        unit = db.session.get_one(Unit, site.host_unit_id)
        for number in range(1_000, 1_000 + count):
            ticket = day.keys.issue(conference=day.conference, attendee=number, site=day.here)
            attendee = make_attendee(conference, site=site, unit=unit, full_name="Nguyễn Thị Ánh", number=number)
            attendee.ticket = ticket

    day.change(call)
    with day.app.app_context():
        people = [one for one in badges.people_at(day.conference, day.here) if one.number >= 1_000]
        pdf = badge_pdf({"superior": "", "body": "Hội nghị", "title": "Hội nghị"}, "Yên Thành, Nghệ An", people)
    found = []
    document = pypdfium2.PdfDocument(pdf)
    for page in document:
        bitmap = page.render(scale=1.62, grayscale=True)
        rows = bytes(bitmap.buffer)
        grey = b"".join(rows[y * bitmap.stride : y * bitmap.stride + bitmap.width] for y in range(bitmap.height))
        found.append({"width": bitmap.width, "height": bitmap.height, "grey": base64.b64encode(grey).decode("ascii")})
        bitmap.close()
        page.close()
    document.close()
    return found


def reads(page: Page, picture: dict[str, object], held: dict[str, object], *, before: int) -> bool:
    """Whether one more person is counted while this badge is held before the camera."""
    page.evaluate("(badge) => window.hold(badge)", {**picture, **held})
    counts_one_more = "(least) => Number(document.querySelector('.door-top [data-part=present]').textContent) >= least"
    try:
        page.wait_for_function(counts_one_more, arg=before + 1, timeout=PATIENCE)
    except TimeoutError:
        return False
    return True


def test_the_door_reads_its_badges_from_a_moving_picture(
    day: DoorDay, device: Callable[..., BrowserContext], faults: list[str], sized: Callable[[int, int], int]
) -> None:
    each = sized(4, 60)
    pictures = iter(badge_pictures(day, each * (1 + len(SPOILT))))
    context = device("phone")
    context.add_init_script(CAMERA)
    page = open_door(day, context, faults)
    chance, counted = random.Random(12), 0
    rates: dict[str, float] = {}
    for name, spoiling in {"clean": Spoiling(), **SPOILT}.items():
        read: list[bool] = []
        for _ in range(each):
            read.append(reads(page, next(pictures), spoiling.drawn(chance), before=counted))
            counted += read[-1]
        rates[name] = sum(read) / each
    print(f"badges read from a moving picture, of {each} each: {rates}")
    assert rates.pop("clean") == 1
    assert min(rates.values()) >= (0.95 if each >= 20 else 0.75)  # one of four may be missed, three of sixty
    assert len(day.present()) == counted
