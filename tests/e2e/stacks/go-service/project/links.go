package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"sort"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"
)

// Link is a name that stands for an address.
type Link struct {
	Name   string    `json:"name"`
	Target string    `json:"target"`
	Added  time.Time `json:"added"`
}

// Links are kept in a file.
type Links struct {
	mutex sync.RWMutex
	path  string
	zone  *time.Location
	known map[string]Link
}

// Open reads the file, if there is one.
func Open(path string, zone *time.Location) (*Links, error) {
	links := &Links{path: path, zone: zone, known: map[string]Link{
		"go": {Name: "go", Target: "https://go.dev", Added: time.Date(2024, 1, 2, 3, 4, 5, 0, zone)},
	}}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return links, nil
	}
	if err != nil {
		return nil, err
	}
	return links, json.Unmarshal(data, &links.known)
}

// All gives the links by name.
func (l *Links) All() []Link {
	l.mutex.RLock()
	defer l.mutex.RUnlock()
	found := make([]Link, 0, len(l.known))
	for _, link := range l.known {
		found = append(found, link)
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Name < found[j].Name })
	return found
}

// List answers with all links.
func (l *Links) List(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(l.All())
}

// Add takes a new link and writes the file.
func (l *Links) Add(w http.ResponseWriter, r *http.Request) {
	var link Link
	if err := json.NewDecoder(r.Body).Decode(&link); err != nil || link.Name == "" {
		http.Error(w, "a link has a name and a target", http.StatusBadRequest)
		return
	}
	if _, err := url.ParseRequestURI(link.Target); err != nil {
		http.Error(w, "the target is no address", http.StatusBadRequest)
		return
	}
	link.Added = time.Now().In(l.zone)
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.known[link.Name] = link
	data, err := json.Marshal(l.known)
	if err == nil {
		err = os.WriteFile(l.path, data, 0o644)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.WriteHeader(http.StatusCreated)
}

// Follow sends on to the target.
func (l *Links) Follow(w http.ResponseWriter, r *http.Request) {
	l.mutex.RLock()
	link, ok := l.known[chi.URLParam(r, "name")]
	l.mutex.RUnlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	http.Redirect(w, r, link.Target, http.StatusFound)
}
