"""What docs/operate ships is held to the schemas of those that read it, and to the commands."""

from __future__ import annotations

import configparser
import json
import re
import shlex
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import promql_parser
import pytest
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from config.load import load
from config.secrets import references
from tests.test_docs import COMMANDS, options
from tests.web.place import served

ROOT = Path(__file__).parents[1]
OPERATE = ROOT / "docs/operate"
COMPOSE = OPERATE / "docker-compose.yml"
WORKFLOW = OPERATE / "github-actions.yml"
MANIFESTS = sorted(OPERATE.glob("kubernetes/*.yaml"))
UNITS = sorted(OPERATE.glob("systemd/*"))
KUBERNETES = ("1.29", "1.33", kubernetes_validate.latest_version())


def documents(path: Path) -> list[Any]:
    return list(YAML(typ="safe", pure=True).load_all(path.read_text(encoding="utf-8")))


def vendored(name: str) -> Any:
    """A schema as check-jsonschema carries it."""
    folder = files("check_jsonschema.builtin_schemas.vendor")
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


def manifests() -> Iterator[Any]:
    for path in MANIFESTS:
        for document in documents(path):
            yield pytest.param(document, id=f"{document['kind']}-{document['metadata']['name']}")


def pods() -> Iterator[Any]:
    for each in manifests():
        [document] = each.values
        spec = document["spec"]
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if template:
            yield pytest.param(template["spec"], id=each.id)


def called() -> Iterator[Any]:
    """Each call of onebacklog, as its words."""
    for service in documents(COMPOSE)[0]["services"].values():
        if "onebacklog" in service["image"]:
            yield pytest.param(service["command"], id=f"compose-{service['command'][0]}")
    for pod in pods():
        [spec] = pod.values
        yield pytest.param(spec["containers"][0]["args"], id=f"kubernetes-{pod.id}")
    for path in (*UNITS, OPERATE / "crontab", WORKFLOW):
        for line in path.read_text(encoding="utf-8").splitlines():
            words = line.split("#")[0].split(">")[0]
            if found := re.search(r"(?:^|[/ ])onebacklog ((?:[a-z]+) .*)", words):
                yield pytest.param(shlex.split(found[1]), id=path.name)


@pytest.mark.parametrize("document", list(manifests()))
@pytest.mark.parametrize("version", KUBERNETES)
def test_each_manifest_passes_the_schema_of(version: str, document: Any) -> None:
    """… old and new versions of Kubernetes, unknown keys forbidden."""
    kubernetes_validate.validate(document, version, strict=True)


def test_the_compose_file_passes_the_schema_of_compose_files() -> None:
    [document] = documents(COMPOSE)
    jsonschema.validate(document, vendored("compose-spec"))


def test_the_workflow_passes_the_schema_of_workflows() -> None:
    [document] = documents(WORKFLOW)
    jsonschema.validate(document, vendored("github-workflows"))


@pytest.mark.parametrize("words", list(called()))
def test_each_call_has_a_command_and_options_that_exist(words: list[str]) -> None:
    name, *rest = words
    assert {word for word in rest if word.startswith("--")} <= options(COMMANDS[name])


def test_every_file_calls_what_it_is_for() -> None:
    names = {param.values[0][0] for param in called()}
    assert names == {"serve", "worker", "apply"}
    scheduled = [param.values[0] for param in called() if param.values[0][0] == "apply"]
    assert len(scheduled) == 4
    assert all("--yes" in words for words in scheduled)


@pytest.mark.parametrize("spec", list(pods()))
def test_each_pod_runs_without_root_and_cannot_change_itself(spec: Any) -> None:
    whole, [container] = spec["securityContext"], spec["containers"]
    assert whole["runAsNonRoot"] is True
    assert (whole["runAsUser"], whole["seccompProfile"]) == (10001, {"type": "RuntimeDefault"})
    own = container["securityContext"]
    assert own["readOnlyRootFilesystem"] is True
    assert own["allowPrivilegeEscalation"] is False
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert spec["automountServiceAccountToken"] is False


@pytest.mark.parametrize("spec", list(pods()))
def test_each_pod_has_resources_and_its_credentials_from_a_secret(spec: Any) -> None:
    [container] = spec["containers"]
    assert set(container["resources"]["requests"]) == {"cpu", "memory"}
    assert "memory" in container["resources"]["limits"]
    assert container["envFrom"] == [{"secretRef": {"name": "onebacklog"}}]
    assert [one["name"] for one in container["env"]] == ["ONEBACKLOG_CONFIG"]


@pytest.mark.parametrize("spec", list(pods()))
def test_each_pod_has_the_volumes_that_it_mounts(spec: Any) -> None:
    mounted = {one["name"] for one in spec["containers"][0]["volumeMounts"]}
    assert mounted == {one["name"] for one in spec["volumes"]}


def test_the_server_is_probed_and_given_time_to_end() -> None:
    serve = next(
        spec
        for [spec] in (pod.values for pod in pods())
        if spec["containers"][0]["args"][0] == "serve"
    )
    [container] = serve["containers"]
    paths = {name: container[name]["httpGet"]["path"] for name in container if "Probe" in name}
    assert paths == {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",
        "readinessProbe": "/readyz",
    }
    assert serve["terminationGracePeriodSeconds"] > 20
    assert [port["containerPort"] for port in container["ports"]] == [
        int(container["args"][container["args"].index("--port") + 1])
    ]


def test_two_scheduled_jobs_of_kubernetes_do_not_meet() -> None:
    [job] = [one.values[0] for one in manifests() if one.values[0]["kind"] == "CronJob"]
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    assert job["spec"]["jobTemplate"]["spec"]["backoffLimit"] == 0


def test_the_compose_file_has_a_database_a_server_and_two_workers() -> None:
    services = documents(COMPOSE)[0]["services"]
    assert set(services) == {"postgres", "serve", "worker"}
    assert services["worker"]["deploy"]["replicas"] == 2
    for name in ("serve", "worker"):
        assert services[name]["read_only"] is True
        assert services[name]["depends_on"] == {"postgres": {"condition": "service_healthy"}}


def test_what_the_compose_file_asks_for_has_no_default_and_is_never_in_it() -> None:
    text = COMPOSE.read_text(encoding="utf-8")
    for variable in re.findall(r"\$\{([^}]*)\}", text):
        assert re.fullmatch(r"[A-Z_]+:\?set [A-Z_]+ in \.env", variable)
    environment = documents(COMPOSE)[0]["services"]["serve"]["environment"]
    literal = {name for name, value in environment.items() if not value.startswith("${")}
    assert literal == {"ONEBACKLOG_CONFIG"}


def test_the_settings_beside_them_name_only_what_the_compose_file_passes_on(
    tmp_path: Path,
) -> None:
    text = (OPERATE / "onebacklog.yaml").read_text(encoding="utf-8")
    assert re.search("^state: postgresql://", text, re.MULTILINE)
    path = tmp_path / "onebacklog.yaml"
    path.write_text(text, encoding="utf-8")
    passed = documents(COMPOSE)[0]["services"]["serve"]["environment"]
    assert {secret.name for _, secret in references(load(path))} <= set(passed)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_each_unit_has_the_sections_of_its_kind(path: Path) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.read_string(path.read_text(encoding="utf-8"))
    own = {".service": "Service", ".timer": "Timer"}[path.suffix]
    assert {"Unit", own} <= set(unit.sections())
    assert unit["Unit"]["Description"]


def test_the_timer_starts_the_service_of_its_name() -> None:
    assert len({path.stem for path in UNITS}) == 1
    assert {path.suffix for path in UNITS} == {".service", ".timer"}


def alerts() -> list[Any]:
    [rules] = documents(OPERATE / "alerts.yaml")
    return [rule for group in rules["groups"] for rule in group["rules"]]


def panels() -> list[Any]:
    return list(json.loads((OPERATE / "grafana.json").read_text(encoding="utf-8"))["panels"])


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in alerts())
    for panel in panels():
        yield from (target["expr"] for target in panel["targets"])


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of all series that the server has."""
    ends = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}
    with served(tmp_path_factory.mktemp("web")) as site:
        text = site.get("/metrics").text
    return {
        family.name + end
        for family in text_string_to_metric_families(text)
        for end in ends.get(family.type, [""])
    }


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_alerts_and_the_dashboard_ask_for_series_that_the_server_has(
    expression: str, published: set[str]
) -> None:
    promql_parser.parse(expression.replace("$__rate_interval", "5m"))
    asked = set(re.findall(r"\bonebacklog_\w+", expression))
    assert asked
    assert asked <= published


def test_the_page_says_of_each_alert_what_to_do() -> None:
    page = (ROOT / "docs/operate.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(Onebacklog\w+)` \|", page, re.MULTILINE) == [
        rule["alert"] for rule in alerts()
    ]


def test_each_alert_says_how_grave_it_is_and_what_it_is_about() -> None:
    for rule in alerts():
        assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}, rule
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert rule["annotations"]["summary"].endswith(".")
        assert promql_parser.parse_duration(rule.get("for", "1m")) is not None


def test_panels_of_the_dashboard_have_their_own_places() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in panels()}) == len(panels())
