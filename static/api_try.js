// The page "Try the API": Swagger UI, with what it asks of our own site and nothing else.
(() => {
  "use strict";

  const place = document.getElementById("api-try");

  // Swagger UI has a dark side of its own; it follows the choice made for the console.
  const system = matchMedia("(prefers-color-scheme: dark)");

  function followTheme() {
    const chosen = document.documentElement.getAttribute("data-bs-theme");
    document.documentElement.classList.toggle("dark-mode", chosen ? chosen === "dark" : system.matches);
  }

  system.addEventListener("change", followTheme);
  new MutationObserver(followTheme).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
  followTheme();

  // The parts we show. Swagger UI's own layout adds a second main part and what the page says already.
  function insideConsole({ React }) {
    const element = React.createElement;

    function ConsoleLayout({ getComponent }) {
      const authorize = element("div", { className: "schemes wrapper" }, element(getComponent("AuthorizeBtnContainer", true)));
      return element(
        "div",
        { className: "swagger-ui" },
        element(getComponent("SvgAssets")),
        element("div", { className: "scheme-container" }, authorize),
        element(getComponent("errors", true)),
        element("div", { className: "wrapper" }, element(getComponent("operations", true))),
      );
    }

    return { components: { ConsoleLayout } };
  }

  // Some of its controls have no name for those who do not see what stands beside them, and what scrolls
  // cannot be reached without a mouse.
  function makeAccessible() {
    for (const control of place.querySelectorAll("select, input, .close-modal")) {
      if (!control.hasAttribute("aria-label") && !control.labels?.length) {
        const row = control.closest("[data-property-name], [data-param-name]");
        const name = row?.dataset.propertyName || row?.dataset.paramName;
        control.setAttribute("aria-label", control.matches(".close-modal") ? "Close" : name || "Example");
      }
    }
    for (const scrolling of place.querySelectorAll("pre:not([tabindex]), .opblock-body:not([tabindex])")) {
      scrolling.tabIndex = 0;
    }
  }

  new MutationObserver(makeAccessible).observe(place, { childList: true, subtree: true });

  // This site serves every API, also under the name it was opened with. And a JSON text is something to
  // type: Swagger UI would ask for a file.
  function forThisPage(description) {
    for (const operation of Object.values(description.paths).flatMap(Object.values)) {
      delete operation.servers;
    }
    for (const schema of Object.values(description.components.schemas)) {
      for (const property of Object.values(schema.properties || {})) {
        delete property.contentMediaType;
        delete property.contentSchema;
      }
    }
    return { ...description, servers: [{ url: location.origin }] };
  }

  // Without it, a browser would ask for a password in a window of its own, and send the console's cookies.
  function withoutCookies(request) {
    request.credentials = "omit";
    return request;
  }

  async function start() {
    const answer = await fetch(place.dataset.document, { credentials: "omit" });
    SwaggerUIBundle({
      domNode: place,
      spec: forThisPage(await answer.json()),
      presets: [SwaggerUIBundle.presets.apis],
      plugins: [insideConsole],
      layout: "ConsoleLayout",
      docExpansion: "list",
      defaultModelsExpandDepth: -1,
      tryItOutEnabled: true,
      displayRequestDuration: true,
      validatorUrl: null,
      requestInterceptor: withoutCookies,
    });
  }

  start();
})();
