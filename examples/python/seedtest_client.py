"""A client of `seedtest serve` in one file; needs httpx.

    seedtest serve                                 # in one terminal
    python examples/python/seedtest_client.py      # in another: runs every call once

`SEEDTEST_URL` (default http://127.0.0.1:8000) and `SEEDTEST_TOKEN` say where and with which token.
"""

import json
import os
import random

import httpx


class SeedtestError(Exception):
    """A refusal, with the word, the message and the hint of the service."""

    def __init__(self, status, body):
        hint = f" ({body['hint']})" if body.get("hint") else ""
        super().__init__(f"{status} {body.get('error')}: {body.get('message')}{hint}")
        self.status, self.code, self.request_id = status, body.get("error"), body.get("request_id")


class Seedtest:
    """The calls of the service, one method each; what comes back is the JSON of the response."""

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

    def health(self):
        return self._json(self.http.get("/healthz"))

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

    def put_event(self, kind, user_id, **more):
        """What happened to a student: `session_finished` or `student_silent`."""
        return self._post("/v1/events", {"kind": kind, "user_id": user_id, **more})

    def start(self, request, **what):
        """`model="irt"` with a fit request, or `job="mirt-calibrate"` with its settings."""
        return self._post("/v1/runs", request, **what)

    def run(self, run_id):
        return self._json(self.http.get(f"/v1/runs/{run_id}"))

    def runs(self, limit=20):
        return self._json(self.http.get("/v1/runs", params={"limit": limit}))["runs"]

    def cancel(self, run_id):
        return self._json(self.http.delete(f"/v1/runs/{run_id}"))

    def events(self, run_id):
        """Yields (event, data) until the run has ended."""
        with self.http.stream("GET", f"/v1/runs/{run_id}/events") as response:
            name = None
            for line in response.iter_lines():
                if line.startswith("event:"):
                    name = line[6:].strip()
                elif line.startswith("data:"):
                    yield name, json.loads(line[5:])


def made_up_answers(students=200, items=12, seed=1):
    draw = random.Random(seed)
    for student in range(students):
        ability = draw.gauss(0, 1)
        for item in range(items):
            right = draw.random() < 1 / (1 + 2.718281828 ** -(ability - (item - items / 2) / 3))
            yield {"user_id": f"u{student}", "item_id": f"q{item}", "is_correct": right}


def made_up_scores(students=60, weeks=8, seed=4):
    draw = random.Random(seed)
    for student in range(students):
        level, slope = draw.gauss(0, 0.5), draw.gauss(0.05, 0.04)
        for week in range(weeks):
            score = level + slope * week + draw.gauss(0, 0.3)
            yield {"student_id": f"u{student}", "week": week, "score": score}


def made_up_gaps(students=200, seed=2):
    draw = random.Random(seed)
    for student in range(students):
        engagement = draw.random()
        days = draw.expovariate(0.12 - 0.08 * engagement)
        yield {"user_id": f"u{student}", "time": min(days, 30.0) + 0.1,
               "event": int(days < 30), "A_t": engagement}


def main():
    url = os.environ.get("SEEDTEST_URL", "http://127.0.0.1:8000")
    client = Seedtest(url, os.environ.get("SEEDTEST_TOKEN"))
    print("service", client.health()["version"])

    fit = client.calibrate(list(made_up_answers()), model="2PL", priors="weak")
    print(fit["fit_meta"]["run_id"], fit["fit_meta"]["verdict"]["status"], len(fit["items"]), "items")

    answers = [{"item_id": "q3", "is_correct": True}, {"item_id": "q9", "is_correct": False}]
    score = client.score(fit["items"], answers)
    print(f"ability {score['theta']:.2f} ± {score['se']:.2f}")

    growth = client.growth_fit(list(made_up_scores()), target_score=0.8, horizon_weeks=4)
    first = growth["predictions"]["u0"]
    print(f"growth {growth['posterior_summary']['week']['mean']:.3f} a week,",
          f"u0 reaches 0.8 with {first['probability']:.2f} [{first['lower']:.2f}, {first['upper']:.2f}]")
    later = client.growth_predict(run_id=growth["run_id"], user_features={
        "current_score": 0.5, "trend": 0.05, "weeks_remaining": 4})
    print(f"a new student at 0.5: {later['probability']:.2f}")

    churn = client.survival_fit(list(made_up_gaps()), params={"family": "cox"})
    print("churn", churn["status"], churn.get("coefficients"))

    risks = client.survival_predict(run_id="latest", time_points=[7, 14],
                                    user_features=[{"user_id": "x", "A_t": 0.2}])
    print("risk of x", risks["risk_rankings"][0]["risk_score"])

    event = client.put_event("session_finished", "u0")
    print("event", event["event_id"], event["status"])

    run = client.start({"observations": list(made_up_answers(seed=3))}, model="irt")
    for event, data in client.events(run["run_id"]):
        print(event, data.get("iteration", ""))
    print("run", client.run(run["run_id"])["run_status"], "of", len(client.runs()), "in the ledger")

    try:
        client.score({}, answers, method="GUESS")
    except SeedtestError as refused:
        print("refused:", refused)


if __name__ == "__main__":
    main()
