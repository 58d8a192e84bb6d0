"""The ZIPs in the bucket: each is written once, whole, by whoever builds it."""

from collections.abc import Callable

from imagestore.common import multipart, objects, writing
from imagestore.common.signing import SignedRead, Signer, attachment
from imagestore.common.writing import Writer, Written
from projects.packages import keys
from projects.packages.records import Package

CONTENT_TYPE = "application/zip"


def write(package: Package, make: Callable[[Writer], object], most: int) -> Written:
    """`most`: bytes that it has at most. Whoever else wrote this package wrote the same."""
    return writing.write(keys.package_object(package.shop, package.id), CONTENT_TYPE, make, most=most)


def abort_others(package: Package) -> None:
    """Uploads that builders left open who are no more; one who is not told so yet cannot finish its own."""
    multipart.abort_all(keys.package_object(package.shop, package.id))


def remove(package: Package) -> int:
    """Answers how many versions there were."""
    abort_others(package)
    return objects.remove(keys.package_object(package.shop, package.id))


def sign_read(signer: Signer, package: Package) -> SignedRead:
    key = keys.package_object(package.shop, package.id)
    return signer.read(key, content_type=CONTENT_TYPE, disposition=attachment(f"{package.name}.zip"))
