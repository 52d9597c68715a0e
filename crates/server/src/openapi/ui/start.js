// Operations that are another path of one shown, or a part of this page, are left out of it.
const withoutHidden = (description) => {
  for (const [path, operations] of Object.entries(description.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      if (operation["x-hidden"]) delete operations[method];
    }
    if (Object.keys(operations).length === 0) delete description.paths[path];
  }
  return description;
};

fetch("openapi.json")
  .then((response) => response.json())
  .then((description) => SwaggerUIBundle({
    spec: withoutHidden(description),
    dom_id: "#swagger-ui",
    deepLinking: true,
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    validatorUrl: null,
  }));
