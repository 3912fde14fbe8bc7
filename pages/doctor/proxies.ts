// What a proxy in front must say, as docs/operating.md has it ("Behind a reverse proxy"); a test holds the two together.

export const NGINX = `location / {
  proxy_pass http://127.0.0.1:3000;
  proxy_http_version 1.1;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection "upgrade";
  proxy_set_header Host $host;
  proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
  proxy_read_timeout 120s;
  proxy_send_timeout 120s;
  proxy_buffering off;
}`;

export const CADDY = `game.example {
  reverse_proxy 127.0.0.1:3000
}`;

export const PROXIES = [
  { of: "nginx", text: NGINX },
  { of: "Caddy", text: CADDY },
];
