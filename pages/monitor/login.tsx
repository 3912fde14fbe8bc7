// The way in: the admin key, and why there is none yet.
import type { Does } from "./does.ts";
import type { State } from "./state.ts";

export function Login({ state: { loginSays, isLoggingIn }, does }: { state: State; does: Does }) {
  return (
    <form
      class="card login"
      onSubmit={(event) => {
        event.preventDefault();
        // What is pasted may bring blanks along.
        does.logIn(String(new FormData(event.currentTarget).get("key") ?? "").trim());
      }}
    >
      <h1>Monitor</h1>
      <p class="muted">What goes on on this server, for who runs it.</p>
      {/* For password managers, which keep a key under a name. */}
      <input type="text" name="username" autocomplete="username" value="admin" readonly hidden />
      <label class="key">
        Admin key
        <input
          name="key"
          type="password"
          autocomplete="current-password"
          required
          aria-describedby="where says"
          aria-invalid={loginSays !== ""}
        />
      </label>
      <p id="where" class="muted small">
        It is <code>ADMIN_KEY</code> of the server's settings; where that is not set, the start of the server prints
        one.
      </p>
      <p id="says" class="says" role="alert">
        {loginSays}
      </p>
      <button type="submit" class="main" disabled={isLoggingIn}>
        {isLoggingIn ? "Trying…" : "Log in"}
      </button>
    </form>
  );
}
