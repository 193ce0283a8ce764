"""A program that runs at given times: a CronJob."""

from typing import Annotated, Final, Literal

from constructs import Construct

from t3afk_constructs import formats
from t3afk_constructs.checked import checked
from t3afk_constructs.cluster_chart import ChartNamespace, ChartPlatform, PlatformConstruct
from t3afk_constructs.manifests import given
from t3afk_constructs.workload.container import Container, Fields, Words
from t3afk_constructs.workload.environment import Environment, EnvironmentSources
from t3afk_constructs.workload.mounts import Mounts
from t3afk_constructs.workload.pod import (
    Owner,
    Pod,
    contradicts_owner,
    keel_annotations,
    other_value,
    pod_template,
)
from t3afk_constructs.workload.resources import Resources
from t3afk_constructs.workload.schedule import Schedule, TimeZone
from t3afk_constructs.workload.volumes import different_texts

_LONGEST_NAME = 52  # the controller adds 11 characters for each Job


def _name(value: object) -> str | None:
    complaint = formats.dns_label(value)
    if complaint or len(str(value)) <= _LONGEST_NAME:
        return complaint
    return f"has {len(str(value))} characters, but a CronJob's name has at most {_LONGEST_NAME}; shorten it"


CronJobName = Annotated[str, _name]


class CronJob(PlatformConstruct):
    """A program of one container that runs at given times.

    Attributes:
        cron_job: the CronJob.
        config_map: the ConfigMap with the files from text; None without files.
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,  # noqa: A002
        *,
        name: CronJobName,
        schedule: Schedule,
        image: formats.Image,
        image_owner: Owner = "manifest",
        container_name: formats.DnsLabel | None = None,
        time_zone: TimeZone | None = None,
        concurrency_policy: Literal["Forbid", "Replace", "Allow"] = "Forbid",
        restart_policy: Literal["OnFailure", "Never"] = "OnFailure",
        backoff_limit: formats.Count | None = None,
        suspend: bool = False,
        starting_deadline_seconds: formats.PositiveCount | None = None,
        active_deadline_seconds: formats.PositiveCount | None = None,
        ttl_seconds_after_finished: formats.Count | None = None,
        successful_jobs_history_limit: formats.Count | None = None,
        failed_jobs_history_limit: formats.Count | None = None,
        command: Words = (),
        args: Words = (),
        working_dir: formats.AbsolutePath | None = None,
        env: Environment | None = None,
        env_from: EnvironmentSources = (),
        mounts: Mounts | None = None,
        resources: Resources | None = None,
        security_context: Fields | None = None,
        pod: Pod | None = None,
        labels: formats.Labels | None = None,
        annotations: formats.Annotations | None = None,
        namespace: ChartNamespace = None,
        platform: ChartPlatform = None,
    ) -> None:
        """Render the CronJob and the ConfigMap of its files.

        Args:
            scope: the construct's parent.
            id: its id there.
            name: of the CronJob and its container, at most 52 characters.
            schedule: minute, hour, day of the month, month, weekday: `30 2 * * *`; or `@daily` and the like.
            image: a repository and a tag or digest.
            image_owner: as that of `WebService`.
            container_name: default: `name`. To take a CronJob over, give it its own.
            time_zone: of the schedule, such as `Europe/London`; default: the control plane's, mostly UTC.
            concurrency_policy: what happens when a run is due and the one before still runs: `Forbid` skips the new
                one, `Replace` ends the old one, `Allow` runs both.
            restart_policy: `OnFailure` starts a failed container again in its pod, `Never` in a new pod.
            backoff_limit: failures until a run counts as failed; default: 6.
            suspend: whether no new run starts.
            starting_deadline_seconds: how late a run may start; default: no limit, but none after 100 missed runs.
            active_deadline_seconds: the longest time of a run; default: none.
            ttl_seconds_after_finished: a finished run's Job is deleted after it; default: the history limits decide.
            successful_jobs_history_limit: the finished Jobs to keep; default: 3.
            failed_jobs_history_limit: the failed Jobs to keep; default: 1.
            command: the program and its first arguments, instead of the image's entry point; no shell.
            args: the arguments.
            working_dir: the folder in which the program starts; default: the image's.
            env: as that of `WebService`.
            env_from: as that of `WebService`.
            mounts: the volumes by mount path; see `Container`.
            resources: requests and memory limit; default: those of the namespace's LimitRange.
            security_context: Kubernetes' `securityContext` of the container.
            pod: the rarer fields: init containers, sidecars, pull secrets, service account, nodes.
            labels: of the CronJob, beside `app: <name>`.
            annotations: of the CronJob.
            namespace: of all objects; default: the chart's.
            platform: the cluster's facts; default: the chart's.

        Raises:
            InputError: when the API server would refuse an input.
        """
        super().__init__(scope, id, namespace=namespace, platform=platform)
        own_pod, own_mounts = pod or Pod(), mounts or {}
        app = {"app": name}
        self._refuse(
            mounts=(mounts, different_texts([own_mounts, *own_pod.mounts()])),
            labels=(labels, other_value(app, labels)),
            pod=(pod, other_value(app, own_pod.labels)),
            annotations=(annotations, contradicts_owner(image_owner, annotations)),
        )
        self.name: Final = name
        self.schedule: Final = schedule
        self.image: Final = image
        self.image_owner: Final = image_owner
        self.container_name: Final = container_name or name
        self.time_zone: Final = time_zone
        self.concurrency_policy: Final = concurrency_policy
        self.restart_policy: Final = restart_policy
        self.backoff_limit: Final = backoff_limit
        self.suspend: Final = suspend
        self.starting_deadline_seconds: Final = starting_deadline_seconds
        self.active_deadline_seconds: Final = active_deadline_seconds
        self.ttl_seconds_after_finished: Final = ttl_seconds_after_finished
        self.successful_jobs_history_limit: Final = successful_jobs_history_limit
        self.failed_jobs_history_limit: Final = failed_jobs_history_limit
        self.command: Final = tuple(command)
        self.args: Final = tuple(args)
        self.working_dir: Final = working_dir
        self.env: Final = dict(env or {})
        self.env_from: Final = tuple(env_from)
        self.mounts: Final = dict(own_mounts)
        self.resources: Final = resources
        self.security_context: Final = security_context
        self.pod: Final = own_pod
        self.labels: Final = dict(labels or {})
        self.annotations: Final = dict(annotations or {})

        container = Container(
            name=self.container_name,
            image=image,
            command=command,
            args=args,
            working_dir=working_dir,
            env=self.env,
            env_from=env_from,
            mounts=self.mounts,
            resources=resources,
            security_context=security_context,
        )
        files_name = f"{name}-files"
        template = pod_template(container, self.pod, labels=app, files_name=files_name, restart_policy=restart_policy)
        job = {
            "backoffLimit": backoff_limit,
            "activeDeadlineSeconds": active_deadline_seconds,
            "ttlSecondsAfterFinished": ttl_seconds_after_finished,
            "template": template.rendered,
        }
        spec = {
            "schedule": schedule,
            "timeZone": time_zone,
            "concurrencyPolicy": concurrency_policy,
            "suspend": suspend or None,
            "startingDeadlineSeconds": starting_deadline_seconds,
            "successfulJobsHistoryLimit": successful_jobs_history_limit,
            "failedJobsHistoryLimit": failed_jobs_history_limit,
            "jobTemplate": {"spec": given(job)},
        }
        self.cron_job: Final = self._object(
            "Resource",
            "batch/v1",
            "CronJob",
            name=name,
            labels={**self.labels, **app},
            annotations=keel_annotations(image_owner) | self.annotations,
            initial=template.images(image_owner, "spec", "jobTemplate", "spec", "template"),
            spec=given(spec),
        )
        self.config_map: Final = (
            self._object("Files", "v1", "ConfigMap", name=files_name, data=template.files) if template.files else None
        )
