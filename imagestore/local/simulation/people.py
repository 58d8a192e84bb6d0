"""What customers do in a day. A refusal in words is as good as an answer: the world goes on either way."""

import hashlib
import io
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from PIL import Image

from files import keys as file_keys
from files import operations as files
from files.operations.registering import Registered
from files.records import NewFile
from imagestore.common import aws
from imagestore.common.errors import DomainError
from imagestore.local.simulation.clockwork import HEIGHT, WIDTH, OutageError
from imagestore.local.simulation.world import Person, Project, World, server_of
from projects import operations as projects
from projects.carts import operations as carts
from projects.carts.records import Line
from projects.orders import operations as orders
from projects.orders.records import Event, WantedItem, WantedOrder
from projects.records import Draft, SaveKind
from projects.shares import operations as shares
from projects.shares import queries as share_queries
from projects.shares.records import Mode, Recipient, Wanted

Act = Callable[[World, str], None]
MOST_CUSTOMERS = 40
NEVER_SENT_IN_A_HUNDRED = 8


def live_a_day(world: World) -> None:
    for shop in world.shops:
        for _ in range(world.chance.randint(1, 3)):
            act = world.chance.choices([act for act, _ in ACTS], [weight for _, weight in ACTS])[0]
            try:
                act(world, shop)
            except DomainError:
                world.count("refusals")
            except OutageError:
                world.count("calls broken off")


def _upload(world: World, person: Person, number: int) -> list[str]:
    """A few are registered and never sent."""
    bodies = [_drawn(len(world.all_photos) + index) for index in range(number)]
    wanted = [
        NewFile(f"{index}.png", "image/png", len(body), hashlib.sha256(body).hexdigest())
        for index, body in enumerate(bodies)
    ]
    items = files.register(wanted=wanted, owner=person.owner, principal=person.principal, now=world.now)
    sent = []
    for item, body in zip(items, bodies, strict=True):
        if not isinstance(item, Registered):
            continue
        world.all_photos.append(item.file.id)
        if world.chance.randrange(100) < NEVER_SENT_IN_A_HUNDRED:
            continue
        aws.s3().put_object(
            Bucket=settings.IMAGESTORE_BUCKET,
            Key=file_keys.object_key(person.shop, item.file.id),
            Body=body,
            ContentType="image/png",
        )
        files.confirm_upload(id=item.file.id, principal=person.principal, now=world.now)
        sent.append(item.file.id)
    world.photos.setdefault(person, []).extend(sent)
    world.count("uploads", len(sent))
    return sent


def _drawn(number: int) -> bytes:
    """Each number has other bytes."""
    colour = (number % 256, number // 256 % 256, number // 65_536 % 256)
    buffer = io.BytesIO()
    Image.new("RGB", (WIDTH, HEIGHT), colour).save(buffer, "PNG")
    return buffer.getvalue()


def _visit(world: World, shop: str) -> Person:
    visit = files.open_session(customer=None, principal=Person(shop).principal, now=world.now)
    world.count("visits")
    return Person(shop, session=visit.id)


def visit_and_leave(world: World, shop: str) -> None:
    """Half of them log out, the others just go."""
    guest = _visit(world, shop)
    photos = _upload(world, guest, world.chance.randint(1, 3))
    if world.chance.random() < 0.5:
        _create(world, guest, photos)
    if world.chance.random() < 0.5:
        files.end(id=str(guest.session), principal=guest.principal, now=world.now)


def visit_and_log_in(world: World, shop: str) -> None:
    """A new customer, while there is room for more."""
    guest = _visit(world, shop)
    photos = _upload(world, guest, world.chance.randint(1, 4))
    made = _create(world, guest, photos)
    known = world.customers[shop]
    if len(known) < MOST_CUSTOMERS:
        known.append(Person(shop, f"c{len(known)}"))
        world.count("sign-ups")
    customer = world.chance.choice(known)
    world.now += timedelta(minutes=10)
    files.claim(id=str(guest.session), customer=str(customer.customer), principal=guest.principal, now=world.now)
    world.photos.setdefault(customer, []).extend(world.photos.pop(guest, []))
    made.of = customer


def _customer(world: World, shop: str) -> Person:
    if not world.customers[shop]:
        world.customers[shop].append(Person(shop, "c0"))
        world.count("sign-ups")
    return world.chance.choice(world.customers[shop])


def _create(world: World, person: Person, photos: list[str]) -> Project:
    saved = projects.create(draft=_draft(world, photos), owner=person.owner, principal=person.principal, now=world.now)
    made = Project(saved.id, person, saved.tag, photos)
    world.projects.append(made)
    world.count("projects")
    return made


def _draft(world: World, photos: list[str]) -> Draft:
    document = f'{{"seed": {world.chance.randrange(10**9)}}}'.encode()
    return Draft("Book", document, {f"p{index}": id for index, id in enumerate(photos)})


def upload_and_design(world: World, shop: str) -> None:
    person = _customer(world, shop)
    photos = _upload(world, person, world.chance.randint(1, 4))
    if photos:
        _create(world, person, photos)


def upload_only(world: World, shop: str) -> None:
    _upload(world, _customer(world, shop), world.chance.randint(1, 3))


def edit(world: World, shop: str) -> None:
    """Photos come in and go out of it, by the editor's own clock or by hand."""
    project = _some_project(world, shop)
    more = _upload(world, project.of, 1) if world.chance.random() < 0.5 else []
    for kind in world.chance.choice(((SaveKind.AUTOSAVE, SaveKind.MANUAL), (SaveKind.AUTOSAVE,) * 3)):
        photos = [id for id in [*project.photos, *more] if world.chance.random() < 0.8]
        saved = projects.save(
            id=project.id,
            draft=_draft(world, photos),
            if_match=project.tag,
            owner=project.of.owner,
            principal=project.of.principal,
            now=world.now,
            kind=kind,
        )
        project.tag, project.photos = saved.tag, photos
        world.count("saves")


def _some_project(world: World, shop: str) -> Project:
    mine = [project for project in world.projects[-60:] if project.of.shop == shop and project.of.customer]
    if not mine:
        raise DomainError("There is no project yet.")
    return world.chance.choice(mine)


def put_into_cart(world: World, shop: str) -> None:
    project = _some_project(world, shop)
    line = f"line-{world.chance.randint(1, 3)}"
    carts.put(id=line, line=Line(project.id), owner=project.of.owner, principal=project.of.principal, now=world.now)
    world.count("cart items")


def order(world: World, shop: str) -> None:
    project = _some_project(world, shop)
    wanted = WantedOrder((WantedItem(project=project.id),))
    placed = orders.place(wanted=wanted, owner=project.of.owner, principal=project.of.principal, now=world.now)
    world.orders[placed.id] = (project.of, world.now)
    world.count("orders")
    if world.chance.random() < 0.8:
        orders.report(id=placed.id, event=Event.PAID, at=None, principal=server_of(shop), now=world.now)


def trash_project(world: World, shop: str) -> None:
    project = _some_project(world, shop)
    projects.trash(id=project.id, principal=project.of.principal, now=world.now)
    world.by_hand.add(project.id)
    if world.chance.random() < 0.3:
        projects.restore(id=project.id, principal=project.of.principal, now=world.now + timedelta(minutes=1))
        world.by_hand.discard(project.id)


def trash_photo(world: World, shop: str) -> None:
    person = _customer(world, shop)
    if photos := world.photos.get(person):
        files.trash(id=world.chance.choice(photos), principal=person.principal, now=world.now)


def copy_by_share(world: World, shop: str) -> None:
    project, friend = _some_project(world, shop), _customer(world, shop)
    _, token = shares.share(
        project_id=project.id, wanted=Wanted(Mode.COPY), principal=project.of.principal, now=world.now
    )
    link = share_queries.link(token, world.now)
    saved = shares.copy(link=link, recipient=Recipient(friend.principal, friend.owner), now=world.now)
    world.projects.append(Project(saved.id, friend, saved.tag, project.photos))
    world.count("copies")


ACTS: tuple[tuple[Act, int], ...] = (
    (visit_and_leave, 4),
    (visit_and_log_in, 4),
    (upload_and_design, 4),
    (upload_only, 2),
    (edit, 6),
    (put_into_cart, 3),
    (order, 3),
    (trash_project, 2),
    (trash_photo, 1),
    (copy_by_share, 1),
)
