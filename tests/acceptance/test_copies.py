"""Files that are copied: Jira to Jira, Jira to files, files to Jira; each once, whatever fails."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from adapters.sandbox.jira import JiraStandIn
from adapters.sandbox.server import Fault, Served, Switches, serve
from sync.cli import main
from tests.acceptance.shop import Flavour, Result, shop

SHOT = {"name": "shot.png", "content": "old picture"}
FLAVOURS = pytest.mark.parametrize("flavour", ["cloud", "datacenter"])


@dataclass
class Pair:
    """Two Jiras, north and south, and a folder of files."""

    served: Served
    sites: Mapping[str, JiraStandIn]
    folder: Path
    flavour: Flavour

    def configure(self, attachments: str = "copies", south: str = "", creates: str = "all") -> None:
        email = "email: env/EMAIL, " if self.flavour == "cloud" else ""
        trackers = "\n".join(
            f"      {name}: {{type: jira, url: '{self.served.url}/{name}', project: SHOP, "
            f"creates: {creates}, auth: {{{email}token: env/TOKEN}}"
            f"{south if name == 'south' else ''}}}"
            for name in self.sites
        )
        (self.folder / "onebacklog.yaml").write_text(
            f"""
state: sqlite:///state.db
backlogs:
  shop:
    attachments: {attachments}
    trackers:
{trackers}
      files: {{type: files, path: backlog, creates: {creates}}}
    rules: {{priority-order: "off", acceptance-criteria: "off", labels: "off"}}
"""
        )

    def run(self, *args: str) -> Result:
        config = ["--config", str(self.folder / "onebacklog.yaml")]
        environment = {"EMAIL": "bot@example.com", "TOKEN": "bot-token"}
        result = CliRunner().invoke(main, [*args, *config], env=environment)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Result(result.exit_code, result.stdout, result.stderr)

    def apply(self) -> None:
        result = self.run("apply", "--yes")
        assert result.code == 0, result.out + result.err

    def plan(self) -> Any:
        return self.run("plan", "--format", "json").json

    def settled(self) -> None:
        plan = self.plan()
        assert (plan["edits"], plan["conflicts"]) == ([], [])

    def ask(self, site: str, method: str, path: str, person: str = "ada", **more: Any) -> Any:
        cloud = self.flavour == "cloud"
        answer = requests.request(
            method,
            f"{self.served.url}/{site}/rest/api/{3 if cloud else 2}/{path}",
            auth=(f"{person}@example.com", f"{person}-token") if cloud else None,
            headers={"X-Atlassian-Token": "no-check"}
            | ({} if cloud else {"Authorization": f"Bearer {person}-token"}),
            timeout=10,
            **more,
        )
        assert answer.status_code < 300, answer.text
        return answer

    def attached(self, site: str, key: str = "SHOP-1") -> dict[str, bytes]:
        """What is attached there, by name; a name that is there twice would be seen."""
        held = self.ask(site, "GET", f"issue/{key}").json()["fields"]["attachment"]
        names = [one["filename"] for one in held]
        assert len(names) == len(set(names))
        return {one["filename"]: self.content(site, one) for one in held}

    def content(self, site: str, one: Mapping[str, Any]) -> bytes:
        if self.flavour == "cloud":
            path = f"attachment/content/{one['id']}?redirect=false"
            return bytes(self.ask(site, "GET", path).content)
        headers = {"Authorization": "Bearer ada-token"}
        return requests.get(one["content"], headers=headers, timeout=10).content

    def attach(self, site: str, name: str, content: bytes, person: str = "ada") -> str:
        files = {"file": (name, content)}
        made = self.ask(site, "POST", "issue/SHOP-1/attachments", person, files=files).json()
        return str(made[0]["id"])

    def detach(self, site: str, id: str) -> None:
        self.ask(site, "DELETE", f"attachment/{id}")

    @property
    def item(self) -> Path:
        [path] = (self.folder / "backlog" / "items").glob("*.md")
        return path

    @property
    def kept(self) -> dict[str, bytes]:
        """The files beside the items."""
        root = self.folder / "backlog" / "attachments"
        found = (path for path in root.rglob("*") if path.is_file())
        return {str(path.relative_to(root)): path.read_bytes() for path in found}

    def uploads(self) -> int:
        log = self.served.log
        return sum(one.method == "POST" and one.path.endswith("/attachments") for one in log)

    def link(self, text: str) -> None:
        """Ada writes it among the attachments of the file."""
        said = self.item.read_text()
        line = f"attachments: ['{text}']\n"
        self.item.write_text(said.replace("---\n", f"---\n{line}", 1))


@contextmanager
def pair(
    folder: Path,
    flavour: Flavour,
    attachments: Sequence[Any] = (SHOT,),
    projects: Sequence[str] = ("SHOP",),
) -> Iterator[Pair]:
    """One story in the north, with what is attached to it; the south has none."""
    switches = Switches()
    who = "accountId" if flavour == "cloud" else "name"
    login = "{0}@example.com:{0}-token" if flavour == "cloud" else "{0}-token"
    issue = {"type": "Story", "summary": "Checkout", "attachments": list(attachments)}
    sites = {}
    for name, issues in (("north", [issue]), ("south", [])):
        sites[name] = JiraStandIn(switches, flavour)
        sites[name].load(
            {
                "users": {login.format(one): {who: one} for one in ("bot", "ada")},
                "projects": {one: {"types": ["Epic", "Story", "Task"]} for one in projects},
                "issues": issues,
            }
        )
    with serve({f"/{name}": site.app for name, site in sites.items()}, switches) as served:
        made = Pair(served, sites, folder, flavour)
        made.configure()
        yield made


@FLAVOURS
def test_a_file_of_one_jira_is_copied_to_the_other_and_to_files_once(
    flavour: Flavour, tmp_path: Path
) -> None:
    with pair(tmp_path, flavour) as made:
        made.apply()
        made.settled()
        assert made.attached("south") == {"shot.png": b"old picture"}
        assert made.kept == {"checkout/shot.png": b"old picture"}
        assert "[shot.png](../attachments/checkout/shot.png" in made.item.read_text()
        assert made.attached("north") == {"shot.png": b"old picture"}
        made.attach("north", "spec.pdf", b"\x00\xff%PDF")
        made.apply()
        made.settled()
        assert made.attached("south")["spec.pdf"] == b"\x00\xff%PDF"
        assert made.kept["checkout/spec.pdf"] == b"\x00\xff%PDF"
        assert made.attached("north").keys() == {"shot.png", "spec.pdf"}


@FLAVOURS
def test_a_file_that_a_person_put_beside_the_items_is_uploaded_to_each_jira(
    flavour: Flavour, tmp_path: Path
) -> None:
    with pair(tmp_path, flavour, ()) as made:
        made.apply()
        place = tmp_path / "backlog" / "attachments" / "mine"
        place.mkdir(parents=True)
        (place / "my spec.pdf").write_bytes(b"mine")
        made.link("[the spec](../attachments/mine/my%20spec.pdf)")
        made.apply()
        made.settled()
        assert made.attached("north") == made.attached("south") == {"my spec.pdf": b"mine"}
        assert made.kept == {"mine/my spec.pdf": b"mine"}
        made.apply()
        assert made.uploads() == 2


@FLAVOURS
def test_what_a_person_attaches_beside_a_copy_is_no_copy(flavour: Flavour, tmp_path: Path) -> None:
    with pair(tmp_path, flavour) as made:
        made.apply()
        made.attach("south", "other.png", b"theirs")
        made.apply()
        made.settled()
        assert made.attached("north") == {"shot.png": b"old picture", "other.png": b"theirs"}
        assert made.attached("south") == made.attached("north")
        assert made.kept.keys() == {"checkout/shot.png", "checkout/other.png"}


@FLAVOURS
def test_a_file_that_is_taken_away_loses_its_link_and_nothing_is_deleted(
    flavour: Flavour, tmp_path: Path
) -> None:
    with pair(tmp_path, flavour) as made:
        made.apply()
        [held] = made.ask("north", "GET", "issue/SHOP-1").json()["fields"]["attachment"]
        made.detach("north", held["id"])
        made.apply()
        made.settled()
        assert "shot.png" not in made.item.read_text()
        assert made.kept == {"checkout/shot.png": b"old picture"}
        assert made.attached("south") == {"shot.png": b"old picture"}
        assert made.attached("north") == {}


@FLAVOURS
def test_a_copy_that_is_deleted_is_not_made_again(flavour: Flavour, tmp_path: Path) -> None:
    with pair(tmp_path, flavour) as made:
        made.apply()
        [held] = made.ask("south", "GET", "issue/SHOP-1").json()["fields"]["attachment"]
        made.detach("south", held["id"])
        made.apply()
        made.settled()
        assert made.attached("south") == {}
        assert made.attached("north") == {"shot.png": b"old picture"}
        assert "shot.png" not in made.item.read_text()
        made.attach("south", "shot.png", b"old picture")  # the same again, but as a person's own
        made.apply()
        made.settled()
        assert made.attached("north").keys() == {"shot.png", "shot-2.png"}


@FLAVOURS
@pytest.mark.parametrize(
    ("kind", "path", "method"),
    [
        ("lose", "/south/.*/attachments$", "POST"),
        ("drop", "/south/.*/attachments$", "POST"),
        ("lose", "/south/.*/properties/", "PUT"),
        ("drop", "/south/.*/properties/", "PUT"),
        ("truncate", "/south/.*/attachments$", "POST"),
    ],
)
@pytest.mark.parametrize("skip", [0, 1])
def test_a_lost_answer_makes_no_second_copy(
    flavour: Flavour, tmp_path: Path, kind: Any, path: str, method: str, skip: int
) -> None:
    second = {"name": "b.txt", "content": "b"}
    with pair(tmp_path, flavour, (SHOT, second)) as made:
        made.served.switches.faults.append(Fault(kind, path, method, times=4, skip=skip))
        assert made.run("apply", "--yes").code == 1
        made.served.switches.faults.clear()
        made.apply()
        made.settled()
        assert made.attached("south") == {"shot.png": b"old picture", "b.txt": b"b"}
        assert made.attached("north") == made.attached("south")
        assert made.kept.keys() == {"checkout/shot.png", "checkout/b.txt"}


def test_a_download_that_fails_is_tried_again_and_stops_nothing_else(tmp_path: Path) -> None:
    with pair(tmp_path, "cloud") as made:
        made.served.switches.faults.append(Fault("status", "/north/.*/content/", times=99))
        result = made.run("apply", "--yes")
        assert result.code == 1
        assert (made.kept, made.attached("south")) == ({}, {})
        assert "# Checkout" in made.item.read_text()
        made.served.switches.faults.clear()
        made.apply()
        made.settled()
        assert made.attached("south") == {"shot.png": b"old picture"}
        assert made.kept == {"checkout/shot.png": b"old picture"}


@FLAVOURS
def test_a_download_that_fails_holds_up_no_other_field(flavour: Flavour, tmp_path: Path) -> None:
    with pair(tmp_path, flavour, ()) as made:
        made.apply()
        made.attach("north", "spec.pdf", b"%PDF")
        made.ask("north", "PUT", "issue/SHOP-1", json={"fields": {"summary": "Check out"}})
        path = "/north/(rest/.*/content/|secure/attachment/)"
        made.served.switches.faults.append(Fault("status", path, "GET", times=99))
        assert made.run("apply", "--yes").code == 1
        assert "# Check out" in made.item.read_text()
        south = made.ask("south", "GET", "issue/SHOP-1").json()["fields"]
        assert (south["summary"], south["attachment"]) == ("Check out", [])
        made.served.switches.faults.clear()
        made.apply()
        made.settled()
        assert made.attached("south") == {"spec.pdf": b"%PDF"}
        assert made.kept == {"checkout/spec.pdf": b"%PDF"}


@FLAVOURS
def test_a_file_over_the_limit_stays_a_link_and_says_why(flavour: Flavour, tmp_path: Path) -> None:
    with pair(tmp_path, flavour, (SHOT, {"name": "big.bin", "content": "x" * 2000})) as made:
        made.sites["south"].quirks.largest = 1000
        result = made.run("apply", "--yes")
        assert result.code == 1
        assert re.search(r"big\.bin.*2,000 bytes.*1,000", result.out + result.err)
        assert made.attached("south") == {"shot.png": b"old picture"}
        assert made.kept.keys() == {"checkout/shot.png", "checkout/big.bin"}
        plan = made.plan()
        assert plan["edits"] == []
        assert [one["rule"] for one in plan["findings"]] == ["refused"]
        before = made.uploads()
        made.run("apply", "--yes")
        assert made.uploads() == before


def test_a_link_to_another_items_file_is_copied_nowhere(tmp_path: Path) -> None:
    with pair(tmp_path, "cloud", ()) as made:
        made.apply()
        fields = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": "Secret"}
        made.ask("north", "POST", "issue", "bot", json={"fields": fields})
        made.apply()
        issue = made.ask("north", "GET", "issue/SHOP-2").json()
        assert issue["fields"]["summary"] == "Secret"
        files = {"file": ("secret.txt", b"secret")}
        [held] = made.ask("north", "POST", "issue/SHOP-2/attachments", "bot", files=files).json()
        url = f"{made.served.url}/north/secure/attachment/{held['id']}/secret.txt"
        path = tmp_path / "backlog" / "items" / "checkout.md"
        text = path.read_text().replace("---\n", f"---\nattachments: ['[x]({url})']\n", 1)
        path.write_text(text)
        result = made.run("apply", "--yes")
        assert "on no record of this item" in result.out + result.err
        assert made.attached("south", "SHOP-1") == {}
        assert made.kept == {"secret/secret.txt": b"secret"}


def test_no_credential_goes_to_the_host_of_the_files(tmp_path: Path) -> None:
    """The stand-in's store of files refuses who brings any, as the real one does."""
    with pair(tmp_path, "cloud") as made:
        made.apply()
        asked = [one for one in made.served.log if "/secure/media/" in one.path]
        assert [one.status for one in asked] == [200, 200]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../up.txt", "up.txt"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\win.ini", "win.ini"),
        ("a\u0007b\u202egnp.txt", "a b gnp.txt"),
        ("CON.txt", "_CON.txt"),
        (".hidden", "hidden"),
        ("x" * 300 + ".txt", "x" * 183 + ".txt"),
        ('[a](b) "c".md', "[a](b) _c_.md"),
    ],
)
def test_no_name_leads_out_of_the_folder(tmp_path: Path, name: str, kept: str) -> None:
    with pair(tmp_path, "cloud", ({"name": name, "content": "x"},)) as made:
        made.apply()
        made.settled()
        assert list(made.kept) == [f"checkout/{kept}"]
        assert list(made.attached("south")) == [kept]
        found = {str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*") if one.is_file()}
        assert {one for one in found if one.startswith("backlog")} == {
            "backlog/ORDER.md",
            "backlog/items/checkout.md",
            f"backlog/attachments/checkout/{kept}",
        }


@pytest.mark.parametrize(
    "said",
    [
        "../attachments/../../secret.txt",
        "../attachments/%2e%2e/%2e%2e/secret.txt",
        "../attachments/out/secret.txt",
        "../attachments//etc/passwd",
    ],
)
def test_no_link_of_a_file_reads_outside_of_the_folder(tmp_path: Path, said: str) -> None:
    with pair(tmp_path, "cloud", ()) as made:
        (tmp_path / "secret.txt").write_text("secret")
        made.apply()
        place = tmp_path / "backlog" / "attachments"
        place.mkdir()
        (place / "out").symlink_to(tmp_path)
        made.link(f"[x]({said})")
        made.run("apply", "--yes")
        assert made.attached("north") == made.attached("south") == {}


def test_of_one_name_the_second_gets_a_number_and_nothing_is_written_over(tmp_path: Path) -> None:
    with pair(tmp_path, "cloud", (SHOT, {"name": "SHOT.png", "content": "new"})) as made:
        place = tmp_path / "backlog" / "attachments" / "checkout"
        place.mkdir(parents=True)
        (place / "shot.png").write_bytes(b"a person's")
        made.apply()
        made.settled()
        assert made.kept["checkout/shot.png"] == b"a person's"
        assert sorted(made.kept.values()) == [b"a person's", b"new", b"old picture"]
        assert sorted(made.attached("south").values()) == [b"new", b"old picture"]


@FLAVOURS
def test_copies_that_are_switched_on_later_are_made_of_what_is_there(
    flavour: Flavour, tmp_path: Path
) -> None:
    with pair(tmp_path, flavour) as made:
        made.configure("links")
        made.apply()
        made.settled()
        assert (made.kept, made.attached("south")) == ({}, {})
        made.configure("copies")
        assert {one["tracker"] for one in made.plan()["edits"]} == {"south", "files"}
        made.apply()
        made.settled()
        assert made.kept == {"checkout/shot.png": b"old picture"}
        assert made.attached("south") == {"shot.png": b"old picture"}


def test_copies_that_are_switched_off_stay_copies(tmp_path: Path) -> None:
    with pair(tmp_path, "cloud") as made:
        made.apply()
        made.configure("links")
        made.settled()
        made.ask("south", "PUT", "issue/SHOP-1", json={"fields": {"summary": "Check out"}})
        made.apply()
        made.settled()
        assert made.attached("north") == {"shot.png": b"old picture"}
        assert json.dumps(made.plan()).count("shot.png") == 0


def test_an_upload_that_nobody_may_make_is_said_and_tried_nowhere(tmp_path: Path) -> None:
    with pair(tmp_path, "cloud") as made:
        made.sites["south"].quirks.attachments = False
        result = made.run("apply", "--yes")
        assert "switched off" in result.out + result.err
        assert made.uploads() == 0
        assert made.kept == {"checkout/shot.png": b"old picture"}
        checked = made.run("check").out
        assert "attachments are not copied here" in checked


@FLAVOURS
def test_a_run_that_changes_nothing_asks_no_more_for_copies(
    flavour: Flavour, tmp_path: Path
) -> None:
    many = [{"name": f"{n}.txt", "content": str(n)} for n in range(3)]
    with pair(tmp_path, flavour, many) as made:
        made.apply()
        made.settled()
        counts = []
        for _ in range(2):
            made.served.log.clear()
            made.settled()
            counts.append(len([one for one in made.served.log if "attachment" in one.path]))
        assert counts == [2, 2]  # what each Jira takes


def test_on_github_links_stay_links_and_check_says_so(tmp_path: Path) -> None:
    with shop(tmp_path, jira=[{"type": "Story", "summary": "Pay", "attachments": [SHOT]}]) as made:
        made.configure("    attachments: copies")
        assert "cannot hold copies of attachments: GitHub's API" in made.run("check").out
        made.apply()
        made.settled()
        [held] = made.jira.ask("GET", "issue/SHOP-1")["fields"]["attachment"]
        link = f"[shot.png]({made.served.url}/jira/secure/attachment/{held['id']}/shot.png)"
        assert link in made.github.call("GET", "/issues/1")["body"]
        kept = made.items.parent / "attachments" / "pay" / "shot.png"
        assert kept.read_bytes() == b"old picture"


@FLAVOURS
def test_a_file_is_copied_once_between_two_projects_of_one_jira(
    flavour: Flavour, tmp_path: Path
) -> None:
    with pair(tmp_path, flavour, projects=["SHOP", "TOOL"]) as made:
        settings = tmp_path / "onebacklog.yaml"
        one_site = settings.read_text().replace("/south', project: SHOP", "/north', project: TOOL")
        settings.write_text(one_site)
        made.apply()
        made.settled()
        assert made.attached("north", "SHOP-1") == {"shot.png": b"old picture"}
        assert made.attached("north", "TOOL-1") == {"shot.png": b"old picture"}
        made.attach("north", "spec.pdf", b"\x00\xff%PDF")
        made.apply()
        made.settled()
        assert made.attached("north", "TOOL-1").keys() == {"shot.png", "spec.pdf"}
        assert made.attached("north", "SHOP-1").keys() == {"shot.png", "spec.pdf"}
        assert made.uploads() == 3
