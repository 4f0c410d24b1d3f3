package main

import (
	"html/template"
	"net/http"
)

// Pages are what people see.
type Pages struct {
	site      string
	templates *template.Template
}

// ReadPages reads the templates.
func ReadPages(pattern, site string) (*Pages, error) {
	templates, err := template.ParseGlob(pattern)
	return &Pages{site, templates}, err
}

// Index lists the links.
func (p *Pages) Index(links *Links) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		data := map[string]any{"Site": p.site, "Links": links.All()}
		if err := p.templates.ExecuteTemplate(w, "index.html", data); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}
}
