"""Packages depend on content only, come from the cache, and never appear half made."""

import os
import sys
import zipfile
from pathlib import Path

import pytest

from harness.deploy import archives, dependencies
from harness.deploy.cache import cached_file, new_cached_file
from harness.deploy.dependencies import BuildPlatform
from harness.deploy.packaging import build_package
from harness.errors import PackagingFailed

HERE = BuildPlatform.of_this_interpreter()


@pytest.fixture
def code(write, project):
    write("src/app.py", "def handler(event, context): ...\n")
    write("src/domain/__init__.py", "")
    return project / "src"


@pytest.fixture
def installs(monkeypatch):
    """Stand in for the installer: one package with a note to itself; keeps which requirements were installed."""
    done: list[str] = []
    script = (
        "import pathlib, sys; t = pathlib.Path(sys.argv[1]);"
        "(t / 'tiny').mkdir(); (t / 'tiny/__init__.py').write_text('X = 1');"
        "(t / 'tiny-1.dist-info').mkdir(); (t / 'tiny-1.dist-info/RECORD').write_text('noise');"
        "(t / 'tiny-1.dist-info/METADATA').write_text('Name: tiny'); (t / 'bin').mkdir(); (t / 'bin/t').write_text('x')"
    )

    def installers(requirements, target, build):
        done.append(f"{requirements.read_text().strip()} {build.key}")
        yield "fake", [sys.executable, "-I", "-S", "-c", script, str(target)]

    monkeypatch.setattr(dependencies, "_installers", installers)
    return done


def names(package):
    with zipfile.ZipFile(package.path) as archive:
        return archive.namelist()


def test_archives_are_equal_bytes_when_the_content_is_equal(code, project, monkeypatch, tmp_path):
    first = build_package(code, HERE).path.read_bytes()
    for path in code.rglob("*"):
        os.utime(path, (1, 1))
    monkeypatch.setenv("REHEARSAL_CACHE_DIR", str(tmp_path / "other"))

    second = build_package(code, HERE)

    assert second.built
    assert second.path.read_bytes() == first


def test_package_comes_from_the_cache_when_nothing_changed(code):
    assert build_package(code, HERE).built
    assert not build_package(code, HERE).built


@pytest.mark.parametrize("change", ["content", "name", "permission"])
def test_package_is_built_anew_when_a_source_changes(code, change):
    before = build_package(code, HERE)
    if change == "content":
        (code / "app.py").write_text("changed")
    elif change == "name":
        (code / "app.py").rename(code / "main.py")
    else:
        (code / "app.py").chmod(0o755)

    after = build_package(code, HERE)

    assert after.built
    assert after.key != before.key


def test_noise_is_left_out_when_sources_are_packaged(code, write):
    for name in ("__pycache__/app.pyc", "tests/test_app.py", ".venv/x.py", "app.pyc", ".DS_Store", "x.egg-info/a"):
        write(f"src/{name}", "x")
    write("src/domain/tests/data.py", "kept: only tests at the top are known to be tests\n")

    assert names(build_package(code, HERE)) == ["app.py", "domain/__init__.py", "domain/tests/data.py"]


def test_linked_folder_is_packaged_when_sources_are_shared(code, write, project):
    write("shared/money.py", "x = 1\n")
    (code / "shared").symlink_to(project / "shared")

    assert "shared/money.py" in names(build_package(code, HERE))


def test_looping_link_is_refused_when_it_leads_back(code):
    (code / "again").symlink_to(code)

    with pytest.raises(PackagingFailed, match="expected no loop"):
        build_package(code, HERE)


def test_permissions_are_two_kinds_when_packaged(code, write):
    write("src/run.sh", "#!/bin/sh\n").chmod(0o700)
    (code / "app.py").chmod(0o600)

    with zipfile.ZipFile(build_package(code, HERE).path) as archive:
        modes = {entry.filename: oct(entry.external_attr >> 16) for entry in archive.infolist()}

    assert (modes["run.sh"], modes["app.py"]) == ("0o100755", "0o100644")


def test_dependencies_come_first_without_noise_when_there_are_requirements(code, write, installs):
    write("src/requirements.txt", "tiny\n")

    assert names(build_package(code, HERE)) == [
        "tiny-1.dist-info/METADATA", "tiny/__init__.py", "app.py", "domain/__init__.py", "requirements.txt",
    ]  # fmt: skip


def test_dependencies_are_not_installed_again_when_only_a_source_changes(code, write, installs):
    write("src/requirements.txt", "tiny\n")
    build_package(code, HERE)
    write("src/app.py", "changed\n")

    assert build_package(code, HERE).built
    assert len(installs) == 1


@pytest.mark.parametrize("build", [BuildPlatform("3.12", "x86_64"), BuildPlatform("3.12", "arm64")])
def test_dependencies_are_installed_again_when_the_platform_differs(code, write, installs, build):
    write("src/requirements.txt", "tiny\n")
    build_package(code, HERE)

    build_package(code, build)

    assert len(installs) == 2


def test_dependencies_are_installed_again_when_an_included_or_local_file_changes(code, write, installs):
    write("src/requirements.txt", "-r more.txt\n-e ./lib\n")
    write("src/more.txt", "tiny\n")
    write("src/lib/code.py", "1\n")
    build_package(code, HERE)
    write("src/more.txt", "tiny==2\n")
    build_package(code, HERE)
    write("src/lib/code.py", "2\n")
    build_package(code, HERE)

    assert len(installs) == 3


@pytest.mark.parametrize("text", ["", "# nothing\n", "\n  \n"])
def test_nothing_is_installed_when_requirements_ask_for_nothing(code, write, installs, text):
    write("src/requirements.txt", text)

    build_package(code, HERE)

    assert installs == []


def test_source_replaces_a_dependency_when_names_are_equal(code, write, installs):
    write("src/requirements.txt", "tiny\n")
    write("src/tiny/__init__.py", "X = 2\n")

    package = build_package(code, HERE)

    assert names(package).count("tiny/__init__.py") == 1
    with zipfile.ZipFile(package.path) as archive:
        assert archive.read("tiny/__init__.py") == b"X = 2\n"


def test_layer_content_lies_below_a_folder_when_asked(code, write, installs):
    write("src/requirements.txt", "tiny\n")

    assert all(name.startswith("python/") for name in names(build_package(code, HERE, below="python/")))


def test_single_file_and_ready_archive_are_taken_when_code_is_a_file(code, project):
    with zipfile.ZipFile(project / "ready.zip", "w") as archive:
        archive.writestr("x.py", "x")

    assert names(build_package(code / "app.py", HERE)) == ["app.py"]
    assert build_package(project / "ready.zip", HERE).path == project / "ready.zip"


def test_empty_folder_is_refused_when_packaged(project):
    (project / "empty").mkdir()

    with pytest.raises(PackagingFailed, match="empty holds no files"):
        build_package(project / "empty", HERE)


def test_size_is_told_with_the_largest_folders_when_over_lambdas_limit(code, write, monkeypatch, cache):
    monkeypatch.setattr(archives, "UNZIPPED_BYTES_MAX", 2 * 1024 * 1024)
    write("src/model/weights.bin", "x" * 3 * 1024 * 1024)

    with pytest.raises(PackagingFailed) as raised:
        build_package(code, HERE)

    assert "package of src is 3.0 MB unzipped, expected at most 2.0 MB" in str(raised.value)
    assert "3.0 MB  model" in str(raised.value)
    assert list((cache / "packages").iterdir()) == []


def test_installers_last_lines_are_quoted_when_installation_fails(code, write, monkeypatch):
    write("src/requirements.txt", "nothing-like-this\n")
    script = (
        "print('Looking'); print('ERROR: No matching distribution found for nothing-like-this'); raise SystemExit(1)"
    )
    monkeypatch.setattr(dependencies, "_installers", lambda *_: [("pip", [sys.executable, "-I", "-S", "-c", script])])

    with pytest.raises(PackagingFailed) as raised:
        build_package(code, HERE)

    assert "ERROR: No matching distribution found for nothing-like-this" in str(raised.value)
    assert "check the names and versions, the network" in str(raised.value)


def test_next_installer_is_tried_when_the_first_fails(code, write, monkeypatch):
    write("src/requirements.txt", "tiny\n")
    failing = [sys.executable, "-I", "-S", "-c", "raise SystemExit('no index')"]
    working = [sys.executable, "-I", "-S", "-c", "import sys; open(sys.argv[1] + '/tiny.py', 'w').close()"]
    monkeypatch.setattr(
        dependencies, "_installers", lambda _, target, __: [("uv", failing), ("pip", [*working, str(target)])]
    )

    assert "tiny.py" in names(build_package(code, HERE))


def test_missing_installers_are_named_when_there_is_neither(code, write, monkeypatch):
    write("src/requirements.txt", "tiny\n")
    monkeypatch.setattr(dependencies, "_installers", lambda *_: [])

    with pytest.raises(PackagingFailed, match="neither uv nor pip is there"):
        build_package(code, HERE)


def test_commands_ask_for_lambdas_wheels_when_the_platform_is_lambda(monkeypatch, tmp_path):
    monkeypatch.setattr(dependencies.shutil, "which", lambda _: "/bin/uv")
    # An environment that uv made has no pip.
    monkeypatch.setattr(dependencies.importlib.util, "find_spec", lambda _: object())

    def command(installer, version, machine):
        commands = dict(dependencies._installers(tmp_path / "r.txt", tmp_path, BuildPlatform(version, machine)))
        return " ".join(commands[installer])

    assert "--python-version 3.12 --only-binary :all: --python-platform aarch64-manylinux_2_28" in command(
        "uv", "3.12", "arm64"
    )
    assert "--python-platform x86_64-manylinux_2_17" in command("uv", "3.11", "x86_64")
    assert "--platform manylinux_2_28_aarch64 " in command("pip", "3.13", "arm64")
    assert "--platform manylinux2014_x86_64" in command("pip", "3.11", "x86_64")
    assert "manylinux_2_28" not in command("pip", "3.11", "x86_64")


@pytest.mark.parametrize("stop", [KeyboardInterrupt, RuntimeError])
def test_cache_holds_nothing_when_making_an_entry_is_interrupted(cache, stop):
    def half() -> None:
        with new_cached_file("packages", "a.zip") as path:
            path.write_bytes(b"half")
            raise stop

    with pytest.raises(stop):
        half()

    assert cached_file("packages", "a.zip") is None
    assert list((cache / "packages").iterdir()) == []


def test_cache_says_what_to_do_when_it_cannot_be_written(cache):
    cache.write_text("a file where the folder should be")

    with pytest.raises(PackagingFailed) as raised, new_cached_file("p", "a"):
        pass
    assert "point REHEARSAL_CACHE_DIR" in str(raised.value)


def test_unused_entries_are_dropped_when_another_is_made(cache):
    with new_cached_file("packages", "old") as path:
        path.write_bytes(b"x")
    os.utime(cache / "packages" / "old", (1, 1))

    with new_cached_file("packages", "new") as path:
        path.write_bytes(b"x")

    assert [entry.name for entry in (cache / "packages").iterdir()] == ["new"]


@pytest.mark.slow
def test_real_installer_fills_the_package_when_a_wheel_is_asked_for(code, write, project):
    wheel = project / "src" / "tiny-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny/__init__.py", "")
        archive.writestr("tiny-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
        archive.writestr("tiny-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("tiny-1.0.dist-info/RECORD", "")
    write("src/requirements.txt", f"./{Path(wheel).name}\n")

    assert {"tiny/__init__.py", "tiny-1.0.dist-info/METADATA", "app.py"} <= set(names(build_package(code, HERE)))


@pytest.mark.slow
def test_real_installer_explains_itself_when_a_name_is_unknown(code, write):
    write("src/requirements.txt", "--no-index\nno-such-package-anywhere\n")

    with pytest.raises(PackagingFailed, match="no-such-package-anywhere"):
        build_package(code, HERE)


def test_package_is_another_when_the_same_requirements_installed_other_content(code, write, installs, cache):
    write("src/requirements.txt", "tiny\n")
    before = build_package(code, HERE)
    (archive,) = (cache / "dependencies").iterdir()
    with zipfile.ZipFile(archive, "a") as opened:
        opened.writestr("tiny/newer.py", "")

    assert build_package(code, HERE).key != before.key
