import base64

import pikepdf
import pytest
from engine_reading import pdf_text, pdf_widths
from PIL import Image

from watchconvert.localapi.engines import ConversionError, ParameterError

# a red picture of 64 by 32 pixels, as telephones store them
HEIC = (
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA"
    "ACJpbG9jAAAAAERAAAEAAQAAAAABoQABAAAAAAAAABoAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRt"
    "AAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMA"
    "AAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5j"
    "bHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAIAAAAAEAAAAAAAAAAv///+AAAAACAAAAEHBp"
    "eGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWBAgMFhAAAACJtZGF0AAAAFigBrxmA70mlv//f4x/19q/4prWmPm4="
)


def colour(path, at):
    with Image.open(path) as image:
        return image.convert("RGB").getpixel(at)


@pytest.mark.parametrize("target", ["jpg", "webp", "gif", "bmp", "tif", "png"])
def test_picture_changes_format_and_keeps_its_size(run, picture, target):
    (result,) = run("png", target, picture)
    with Image.open(result.path) as image:
        assert image.format == {"jpg": "JPEG", "tif": "TIFF"}.get(target, target.upper())
        assert image.size == (60, 40)


def test_transparency_becomes_white_in_jpeg(run, picture):
    (result,) = run("png", "jpeg", picture, JpegQuality="95")
    assert min(colour(result.path, (5, 5))) > 245
    red = colour(result.path, (55, 5))
    assert red[0] > 240
    assert max(red[1:]) < 20


def test_picture_is_turned_upright(run, tmp_path):
    image, exif = Image.new("RGB", (60, 40), "blue"), Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "phone.jpeg"
    image.save(path, exif=exif)
    with Image.open(run("jpg", "png", path)[0].path) as result:
        assert result.size == (40, 60)


def test_picture_is_scaled_in_proportion(run, picture):
    (result,) = run("png", "jpg", picture, ScaleImage="true", ImageWidth="30", ImageHeight="30")
    with Image.open(result.path) as image:
        assert image.size == (30, 20)


@pytest.mark.parametrize("target", ["jpg", "png", "pdf"])
def test_telephone_picture_is_read(run, write, target):
    (result,) = run("heif", target, write("phone.HEIC", base64.b64decode(HEIC)))
    assert result.name == f"phone.{target}"
    if target == "pdf":
        assert pdf_widths(result.path) == [48]
        return
    with Image.open(result.path) as image:
        assert image.size == (64, 32)
    red, green, _ = colour(result.path, (30, 15))
    assert red > green + 100


def test_pages_of_a_tiff_become_numbered_files(run, tmp_path):
    path = tmp_path / "scan.tiff"
    Image.new("L", (10, 10)).save(
        path, save_all=True, append_images=[Image.new("L", (20, 10)), Image.new("L", (30, 10))]
    )
    results = run("tiff", "jpg", path)
    assert [result.name for result in results] == ["scan.jpg", "scan-2.jpg", "scan-3.jpg"]
    widths = []
    for result in results:
        with Image.open(result.path) as image:
            widths.append(image.width)
    assert widths == [10, 20, 30]


def test_animation_stays_one(run, tmp_path):
    path = tmp_path / "move.gif"
    frames = [Image.new("RGB", (10, 10), name) for name in ("red", "green", "blue")]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=50)
    with Image.open(run("gif", "webp", path)[0].path) as image:
        assert image.n_frames == 3


def test_jpeg_goes_onto_a_page_without_loss(run, tmp_path):
    path = tmp_path / "photo.jpg"
    Image.new("RGB", (64, 48), "green").save(path, dpi=(72, 72))
    (result,) = run("jpg", "pdf", path)
    with pikepdf.open(result.path) as pdf:
        (image,) = pdf.pages[0].Resources.XObject.values()
        assert bytes(image.read_raw_bytes()) == path.read_bytes()
    assert pdf_widths(result.path) == [64]


def test_pictures_become_one_pdf_in_their_order(run, picture, tmp_path):
    second = tmp_path / "b.webp"
    Image.new("RGB", (20, 10)).save(second)
    (result,) = run("images", "pdf", picture, second)
    assert result.name == "picture.pdf"
    assert pdf_widths(result.path) == [45, 15]


def test_pictures_are_joined(run, picture):
    with Image.open(run("images", "join", picture, picture, JoinDirection="Horizontal")[0].path) as image:
        assert image.size == (120, 40)
    with Image.open(run("png", "join", picture, picture)[0].path) as image:
        assert image.size == (60, 80)


def test_drawing_becomes_picture(run, write):
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="50" height="30"><rect width="50" height="30" fill="#00f"/></svg>'
    (result,) = run("svg", "png", write("blue.svg", svg))
    with Image.open(result.path) as image:
        assert image.size == (50, 30)
    assert colour(result.path, (25, 15)) == (0, 0, 255)


def test_page_becomes_picture(run, write):
    page = '<body style="margin:0"><div style="width:200px;height:90px;background:#0f0">x</div>'
    (result,) = run("html", "png", write("shot.html", page))
    assert colour(result.path, (150, 80)) == (0, 255, 0)


def test_pdf_pages_become_pictures_at_their_resolution(run, three_pages):
    results = run("pdf", "png", three_pages, PageRange="1,3", ImageResolution="144")
    assert [result.name for result in results] == ["three.png", "three-2.png"]
    with Image.open(results[1].path) as image:
        assert image.size == (600, 800)


def test_word_document_becomes_pictures(run, letter):
    (result,) = run("docx", "jpg", letter)
    assert result.name == "letter.jpg"
    with Image.open(result.path) as image:
        assert image.size[1] > 2000
        assert image.convert("L").getextrema()[0] < 100, "nothing dark was drawn"


def test_pdf_gives_its_text(run, letter):
    (made,) = run("docx", "pdf", letter)
    assert "ready for collection" in run("pdf", "txt", made.path)[0].path.read_text(encoding="utf-8")


def test_pdf_without_text_says_so(run, three_pages):
    with pytest.raises(ConversionError, match="no text") as caught:
        run("pdf", "txt", three_pages)
    assert caught.value.code == 50020


def test_merge_keeps_the_order_of_sources(run, three_pages, tmp_path):
    other = tmp_path / "a-first.pdf"
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(50, 50))
        pdf.save(other)
    (result,) = run("pdf", "merge", three_pages, other, three_pages)
    assert pdf_widths(result.path) == [100, 200, 300, 50, 100, 200, 300]
    assert result.name == "three.pdf"


def test_split_makes_a_file_of_each_page(run, three_pages):
    results = run("pdf", "split", three_pages)
    assert [(result.name, pdf_widths(result.path)) for result in results] == [
        ("three.pdf", [100]), ("three-2.pdf", [200]), ("three-3.pdf", [300]),
    ]  # fmt: skip


def test_rotation_turns_the_chosen_pages(run, three_pages):
    with pikepdf.open(run("pdf", "rotate", three_pages, RotatePage="270", PageRange="2")[0].path) as pdf:
        assert [page.get("/Rotate", 0) for page in pdf.pages] == [0, 270, 0]


def test_protected_pdf_opens_with_its_password_alone(run, three_pages):
    locked = run("pdf", "protect", three_pages, UserPassword="grüße")[0].path
    assert pdf_widths(locked, "grüße") == [100, 200, 300]
    with pytest.raises(ConversionError) as caught:
        run("pdf", "jpg", locked)
    assert caught.value.code == 5003
    with pytest.raises(ConversionError) as caught:
        run("pdf", "jpg", locked, Password="wrong")
    assert caught.value.code == 5006
    assert len(run("pdf", "jpg", locked, Password="grüße")) == 3


def test_protection_needs_a_password(run, three_pages):
    with pytest.raises(ParameterError) as caught:
        run("pdf", "protect", three_pages)
    assert caught.value.name == "UserPassword"


def test_compression_loses_nothing_and_never_grows(run, tmp_path, write):
    plain = tmp_path / "plain.pdf"
    with pikepdf.open(run("txt", "pdf", write("a.txt", "some words here\n" * 200))[0].path) as pdf:
        pdf.save(plain, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.generalized)
    (result,) = run("pdf", "compress", plain)
    assert result.path.stat().st_size < plain.stat().st_size
    assert pdf_text(result.path) == pdf_text(plain)
    again = run("pdf", "compress", result.path)[0].path
    assert again.stat().st_size <= result.path.stat().st_size
