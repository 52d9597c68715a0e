"""A client of `seedtest serve` in one file; needs httpx.

    from seedtest_client import Seedtest
    service = Seedtest("http://127.0.0.1:8000", token="secret")
    fit = service.calibrate([{"user_id": "amy", "item_id": "q1", "is_correct": True}, ...])

`every_call.py` beside this file makes every call once.
"""

import json

import httpx


class SeedtestError(Exception):
    """A refusal, with the word, the message and the hint of the service."""

    def __init__(self, status, body):
        hint = f" ({body['hint']})" if body.get("hint") else ""
        super().__init__(f"{status} {body.get('error')}: {body.get('message')}{hint}")
        self.status, self.code, self.request_id = status, body.get("error"), body.get("request_id")


class _Caller:
    def __init__(self, url, token=None, timeout=600.0):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=timeout)

    def _json(self, response):
        body = response.json()
        if response.is_error:
            raise SeedtestError(response.status_code, body)
        return body

    def _post(self, path, body, **params):
        return self._json(self.http.post(path, json=body, params=params))

    def _get(self, path, **params):
        params = {name: value for name, value in params.items() if value is not None}
        return self._json(self.http.get(path, params=params))


class Seedtest(_Caller):
    """The calls of services and jobs, one method each, with the token of internal callers; what
    comes back is the JSON of the response."""

    def health(self):
        return self._get("/healthz")

    def metrics(self):
        """The text that Prometheus reads."""
        return self.http.get("/metrics").raise_for_status().text

    def calibrate(self, observations, **options):
        return self._post("/irt/calibrate", {"observations": observations, **options})

    def score(self, item_params, responses, **options):
        body = {"item_params": item_params, "responses": responses, **options}
        return self._post("/irt/score", body)

    def growth_fit(self, rows, **options):
        return self._post("/growth/fit", {"rows": rows, **options})

    def growth_predict(self, **request):
        return self._post("/growth/predict", request)

    def survival_fit(self, rows, **options):
        return self._post("/survival/fit", {"rows": rows, **options})

    def survival_predict(self, **request):
        return self._post("/survival/predict", request)

    def survival_curves(self, rows, **options):
        """Kaplan-Meier by `group`, or competing ends by `cause`; log-rank test."""
        return self._post("/survival/curves", {"rows": rows, **options})

    def topic_theta(self, student_id, topic_ids, **options):
        body = {"student_id": student_id, "topic_ids": topic_ids, **options}
        return self._post("/score/topic-theta", body)

    def improvement_index(self, student_id, window_days=14):
        body = {"student_id": student_id, "window_days": window_days}
        return self._post("/improvement/index", body)

    def goal_attainment(self, student_id, target_score, **options):
        body = {"student_id": student_id, "target_score": target_score, **options}
        return self._post("/goal/attainment", body)

    def next_topics(self, student_id, k=5):
        return self._post("/recommend/next-topics", {"student_id": student_id, "k": k})

    def churn_risk(self, student_id):
        return self._post("/risk/churn", {"student_id": student_id})

    def generate_report(self, student_id, period="weekly", **options):
        """Writes and publishes a report, and says where it is."""
        return self._post("/report/generate", {"student_id": student_id, "period": period, **options})

    def forecast_student(self, user_id, target, horizon=5):
        return self._get("/forecast/student", user_id=user_id, target=target, horizon=horizon)

    def put_event(self, kind, user_id, **more):
        """What happened to a student: `session_finished` or `student_silent`."""
        return self._post("/v1/events", {"kind": kind, "user_id": user_id, **more})

    def event_counts(self):
        return self._get("/v1/events")

    def start(self, request, **what):
        """`model="irt"` with a fit request, or `job="mirt-calibrate"` with its settings."""
        return self._post("/v1/runs", request, **what)

    def run(self, run_id):
        return self._get(f"/v1/runs/{run_id}")

    def runs(self, limit=20, name=None):
        return self._get("/v1/runs", limit=limit, name=name)["runs"]

    def cancel(self, run_id):
        return self._json(self.http.delete(f"/v1/runs/{run_id}"))

    def progress(self, run_id):
        """Yields (event, data) until the run has ended."""
        with self.http.stream("GET", f"/v1/runs/{run_id}/events") as response:
            if response.is_error:
                response.read()
                self._json(response)
            name = None
            for line in response.iter_lines():
                if line.startswith("event:"):
                    name = line[6:].strip()
                elif line.startswith("data:"):
                    yield name, json.loads(line[5:])


class Platform(_Caller):
    """The analysis routes of the learning platform, with the signed token of a person."""

    def __init__(self, url, jwt, prefix="/api/seedtest", timeout=60.0):
        super().__init__(url + prefix, jwt, timeout)

    def weekly_kpis(self, user_id, weeks=4, **options):
        return self._get("/analysis/metrics/weekly", user_id=user_id, weeks=weeks, **options)

    def recompute_week(self, user_id, week_start=None):
        body = {"user_id": user_id, "week_start": week_start}
        return self._post("/analysis/metrics/recompute", body)

    def theta(self, user_id, since=None, topics=None):
        topics = ",".join(topics) if topics else None
        return self._get("/analysis/irt/theta", user_id=user_id, since=since, topics=topics)

    def update_theta(self, user_id, **options):
        return self._post("/analysis/irt/update-theta", {"user_id": user_id, **options})

    def index(self, name, **options):
        """`improvement`, `efficiency`, `recovery`, `engagement` or `dropout-risk` of the bearer."""
        return self._post(f"/metrics/{name}", options)

    def topic_ability(self, topic_id, responses, **options):
        body = {"topic_id": topic_id, "responses": responses, **options}
        return self._post("/metrics/topic-ability", body)

    def topic_abilities(self):
        return self._get("/metrics/topic-abilities")

    def weak_topics(self, **options):
        return self._get("/metrics/weak-topics", **options)

    def comprehensive(self, weeks=2):
        return self._get("/metrics/comprehensive", weeks=weeks)

    def recompute_everybody(self, **options):
        """This week of every student who was active in `weeks_window` weeks; how many there were."""
        return self._post("/metrics/weekly/recompute", options)

    def exam_analysis(self, session_id, **options):
        return self._get(f"/exams/{session_id}/analysis", **options)
