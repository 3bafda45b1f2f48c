// Binds buttons with data-passkey to allauth's ceremonies; the ids that each needs stand on the button.
document.addEventListener("DOMContentLoaded", () => {
  for (const button of document.querySelectorAll("[data-passkey]")) {
    const ids = { login: button.id, authenticate: button.id, add: button.id, data: "js_data" };
    ids.credential = button.dataset.credential;
    ids.passwordless = button.dataset.passwordless;
    window.allauth.webauthn.forms[button.dataset.passkey]({ ids });
  }
});
