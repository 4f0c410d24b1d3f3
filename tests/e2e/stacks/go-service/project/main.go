package main

import (
	"log"
	"net/http"
	"os"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

func env(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

func router(links *Links, pages *Pages) http.Handler {
	r := chi.NewRouter()
	r.Use(middleware.RequestID, middleware.Recoverer)
	r.Use(middleware.Timeout(10 * time.Second))
	r.Get("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("ok\n"))
	})
	r.Get("/", pages.Index(links))
	r.Handle("/static/*", http.StripPrefix("/static/", http.FileServer(http.Dir("static"))))
	r.Route("/api/links", func(r chi.Router) {
		r.Get("/", links.List)
		r.Post("/", links.Add)
	})
	r.Get("/{name}", links.Follow)
	return r
}

func main() {
	zone, err := time.LoadLocation(env("TIME_ZONE", "Europe/Berlin"))
	if err != nil {
		log.Fatal(err)
	}
	links, err := Open(env("DATA_FILE", "links.json"), zone)
	if err != nil {
		log.Fatal(err)
	}
	pages, err := ReadPages("./templates/*.html", env("SITE_NAME", "Links"))
	if err != nil {
		log.Fatal(err)
	}
	address := env("LISTEN", ":8080")
	log.Printf("listening on %s", address)
	log.Fatal(http.ListenAndServe(address, router(links, pages)))
}
