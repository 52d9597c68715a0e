// Runs a job, or tries it without writing, and tells how far it is.
(function () {
  "use strict";
  var told = document.getElementById("job-told");
  var bar = document.getElementById("job-bar");
  var words = told.dataset;

  function tell(text, path) {
    told.textContent = text;
    if (!path) return;
    var link = document.createElement("a");
    link.href = path;
    link.textContent = words.look;
    told.append(" ", link);
  }

  function ended(name, id) {
    bar.hidden = true;
    tell((words[name] || name), "/operations/runs/" + encodeURIComponent(id));
  }

  function follow(id) {
    var events = new EventSource("/v1/runs/" + encodeURIComponent(id) + "/events");
    ["queued", "running"].forEach(function (name) {
      events.addEventListener(name, function () { tell(words[name]); });
    });
    events.addEventListener("progress", function (event) {
      var at = JSON.parse(event.data);
      bar.max = at.max_iterations || 1;
      bar.value = at.iteration || 0;
    });
    ["done", "noop", "failed", "cancelled", "interrupted", "written"].forEach(function (name) {
      events.addEventListener(name, function () { events.close(); ended(name, id); });
    });
    // The browser tries again by itself, but not where it is refused.
    events.addEventListener("error", function () {
      if (events.readyState === EventSource.CLOSED) ended("lost", id);
    });
  }

  function start(form, dry) {
    var settings = {};
    new FormData(form).forEach(function (value, key) {
      if (value !== "" && key !== "csrf") settings[key] = value;
    });
    if (dry) settings["dry-run"] = true;
    bar.hidden = false;
    bar.removeAttribute("value");
    tell(words.queued);
    told.scrollIntoView({ block: "nearest" });
    seedtest.token().then(function (token) {
      if (token) return post(form.dataset.job, settings, token);
      bar.hidden = true;
      seedtest.askToSignIn(told);
    }).catch(function () { bar.hidden = true; tell(words.refused); });
  }

  function post(job, settings, token) {
    return fetch("/v1/runs?job=" + encodeURIComponent(job), {
      method: "POST",
      headers: { "content-type": "application/json", "x-csrf-token": token },
      body: JSON.stringify(settings)
    }).then(function (answer) {
      return answer.json().then(function (body) {
        if (answer.status === 202) { follow(body.run_id); return; }
        bar.hidden = true;
        tell([words.refused, body.detail || body.message || body.error, body.hint].filter(Boolean).join(" "));
      });
    });
  }

  document.querySelectorAll("form[data-job]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      start(form, event.submitter && event.submitter.name === "dry");
    });
  });

  // A run that goes on is followed on its own page, too.
  if (told.dataset.run) { bar.hidden = false; bar.removeAttribute("value"); follow(told.dataset.run); }
}());
