// What scripts of several pages need: the session that is open now. Somebody may have signed out, or in anew, in another tab.
var seedtest = {
  // What a request that changes something has to carry; null where nobody is signed in.
  token: function () {
    return fetch("/session", { cache: "no-store" }).then(function (answer) { return answer.json(); })
      .then(function (session) { return session.csrf; });
  },
  // Says that the session is over and nothing was sent; what was typed or chosen stays where it is.
  askToSignIn: function (told) {
    var link = document.createElement("a");
    link.href = "/sign-in";
    link.target = "_blank";
    link.textContent = document.body.dataset.signIn;
    told.replaceChildren(document.body.dataset.over + " ", link);
  }
};

// Every chart can be taken along as SVG or PNG. Without it the pages say the same.
(function () {
  "use strict";
  var labels = document.body.dataset;
  // What a chart looks like comes from the style sheets: outside the page it has to carry that itself.
  var carried = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "font-size", "font-family", "font-weight"];

  function standalone(svg) {
    var copy = svg.cloneNode(true);
    var box = svg.viewBox.baseVal;
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    copy.setAttribute("width", box.width);
    copy.setAttribute("height", box.height);
    var from = [svg].concat(Array.from(svg.querySelectorAll("*")));
    var to = [copy].concat(Array.from(copy.querySelectorAll("*")));
    from.forEach(function (element, i) {
      var look = getComputedStyle(element);
      carried.forEach(function (name) { to[i].setAttribute(name, look.getPropertyValue(name)); });
    });
    var paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    paper.setAttribute("width", box.width);
    paper.setAttribute("height", box.height);
    paper.setAttribute("fill", getComputedStyle(document.body).backgroundColor);
    copy.insertBefore(paper, copy.firstChild);
    return new XMLSerializer().serializeToString(copy);
  }

  function save(address, name) {
    var link = document.createElement("a");
    link.href = address;
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
  }

  function asSvg(svg, name) {
    save("data:image/svg+xml;charset=utf-8," + encodeURIComponent(standalone(svg)), name + ".svg");
  }

  function asPng(svg, name) {
    var image = new Image();
    var box = svg.viewBox.baseVal;
    image.addEventListener("load", function () {
      var canvas = document.createElement("canvas");
      canvas.width = 2 * box.width;
      canvas.height = 2 * box.height;
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      save(canvas.toDataURL("image/png"), name + ".png");
    });
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(standalone(svg));
  }

  function button(text, title, work) {
    var made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.setAttribute("aria-label", text + ": " + title);
    made.addEventListener("click", work);
    return made;
  }

  document.querySelectorAll(".figure").forEach(function (figure) {
    var svg = figure.querySelector('svg[role="img"]');
    var title = figure.querySelector("h3").textContent;
    if (!svg) return;
    var tools = document.createElement("div");
    tools.className = "save-chart";
    tools.append(
      button(labels.svg, title, function () { asSvg(svg, figure.id); }),
      button(labels.png, title, function () { asPng(svg, figure.id); })
    );
    figure.append(tools);
  });

  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { window.print(); });
  });

  // A choice shows itself at once; the button beside it is for browsers without scripts.
  document.querySelectorAll("form[data-now]").forEach(function (form) {
    form.querySelectorAll("button").forEach(function (button) { button.hidden = true; });
    form.addEventListener("change", function () { form.requestSubmit(); });
  });
}());
