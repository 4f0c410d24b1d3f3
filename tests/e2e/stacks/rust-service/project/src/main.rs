//! Notes in a SQLite file, shown as a page and as JSON.

mod pages;
mod store;

use std::{env, fs};
use tiny_http::{Header, Method, Request, Response, Server};

fn main() {
    let listen = env::var("LISTEN").unwrap_or_else(|_| "0.0.0.0:8080".to_string());
    let store = store::Store::open(&env::var("NOTES_DB").unwrap_or_else(|_| "notes.db".to_string()));
    let server = Server::http(&listen).expect("the port is free");
    println!("listening on {listen}");
    for request in server.incoming_requests() {
        answer(&store, request);
    }
}

fn answer(store: &store::Store, mut request: Request) {
    let path = request.url().split('?').next().unwrap_or("/").to_string();
    let (status, kind, body) = match (request.method(), path.as_str()) {
        (Method::Get, "/") => (200, "text/html; charset=utf-8", pages::index(&store.all())),
        (Method::Get, "/healthz") => (200, "text/plain", "ok".to_string()),
        (Method::Get, "/api/notes") => (200, "application/json", pages::json(&store.all())),
        (Method::Post, "/api/notes") => {
            let mut text = String::new();
            let _ = request.as_reader().read_to_string(&mut text);
            store.add(text.trim());
            (201, "application/json", pages::json(&store.all()))
        }
        (Method::Get, "/static/style.css") => match fs::read_to_string("static/style.css") {
            Ok(style) => (200, "text/css", style),
            Err(error) => (500, "text/plain", error.to_string()),
        },
        _ => (404, "text/plain", "not found".to_string()),
    };
    let header = Header::from_bytes("Content-Type", kind).expect("a plain header");
    let _ = request.respond(Response::from_string(body).with_status_code(status).with_header(header));
}
