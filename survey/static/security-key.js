// Asks the browser for a security key when the form is sent, puts its answer into the form, and sends it.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const known = (list) => (list || []).map((one) => Object.assign({}, one, { id: bytes(one.id) }));

function asked(options, makes) {
  const challenge = bytes(options.challenge);
  if (!makes) return Object.assign({}, options, { challenge, allowCredentials: known(options.allowCredentials) });
  const user = Object.assign({}, options.user, { id: bytes(options.user.id) });
  return Object.assign({}, options, { challenge, user, excludeCredentials: known(options.excludeCredentials) });
}

function packed(made) {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[part]) response[part] = text(made.response[part]);
  }
  return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} });
}

for (const form of document.querySelectorAll("form[data-key]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const makes = form.dataset.key === "make";
    const failed = document.getElementById("no-key");
    failed.hidden = true;
    try {
      const publicKey = asked(JSON.parse(form.dataset.options), makes);
      const made = await (makes ? navigator.credentials.create({ publicKey }) : navigator.credentials.get({ publicKey }));
      form.elements.credential.value = packed(made);
      form.submit();
    } catch (error) {
      failed.hidden = false;
    }
  });
}
