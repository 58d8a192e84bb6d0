import getpass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from imagestore.common import arguments, clock, ids, principal
from imagestore.common.errors import DomainError
from imagestore.identity import key_files, operations, rules, signing
from imagestore.identity.records import Jwk


class Command(BaseCommand):
    help = "Makes a shop, with a public key that it brings or a key pair made here."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", help="2 to 40 of a-z, 0-9 and '-'")
        parser.add_argument("--name", type=arguments.words, help="what people read (default: the id)")
        parser.add_argument(
            "--origin", action="append", default=[], help="a web origin whose pages call the API; repeatable"
        )
        parser.add_argument("--shop-bytes", type=int, metavar="N", help="limit of all customers together, in bytes")
        key = parser.add_mutually_exclusive_group()
        key.add_argument("--public-key", type=Path, metavar="FILE", help="the shop's public key as JWK")
        key.add_argument("--generate-key", action="store_true", help="make a key pair and write the private key")
        parser.add_argument("--key-file", type=Path, metavar="FILE", help="where the private key is written")
        parser.add_argument("--keep-gps", action="store_true", help="keep where photos were taken (personal data)")
        parser.add_argument("--least-dpi", type=int, metavar="N", help="warn of prints below it (default: 150)")
        parser.add_argument("--demo", action="store_true", help="development only: lifetimes of seconds allowed")

    def handle(self, *args: Any, **options: Any) -> None:
        key_file = self._private_key_file(options) if options["generate_key"] else None
        public_keys = [self._generate(key_file)] if key_file else self._read(options["public_key"])
        try:
            shop = operations.create_shop(
                id=options["id"],
                name=options["name"] or options["id"],
                principal=principal.command(getpass.getuser()),
                now=clock.now(),
                reason="manage.py create_shop",
                public_keys=public_keys,
                allowed_origins=options["origin"],
                shop_byte_quota=options["shop_bytes"],
                demo=options["demo"],
                keep_gps=options["keep_gps"],
                least_dpi=rules.DEFAULT_LEAST_DPI if options["least_dpi"] is None else options["least_dpi"],
            )
        except DomainError as error:
            if key_file:
                key_file.unlink()
            raise CommandError(error.text) from error
        self.stdout.write(f"Shop {shop.id} is made." + (f" Its private key: {key_file}" if key_file else ""))

    def _private_key_file(self, options: dict[str, Any]) -> Path:
        chosen: Path | None = options["key_file"]
        if chosen is None and not settings.IMAGESTORE_DEVELOPMENT:
            raise CommandError("Say with --key-file where the private key shall be written.")
        return chosen or key_files.local_file(options["id"])

    def _generate(self, file: Path) -> Jwk:
        key = signing.generate_key(ids.new_id(clock.now()))
        try:
            key_files.write(file, key)
        except FileExistsError as error:
            raise CommandError(f"{file} exists already: move it away, or choose another --key-file.") from error
        return signing.public_part(key)

    def _read(self, file: Path | None) -> list[Jwk]:
        try:
            return [key_files.read(file)] if file else []
        except (OSError, ValueError) as error:
            raise CommandError(f"{file} is not a JSON file with a public key (JWK).") from error
