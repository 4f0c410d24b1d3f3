package main

import (
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"
)

func TestUnknownLinksAreNotFound(t *testing.T) {
	links, err := Open(filepath.Join(t.TempDir(), "links.json"), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	router(links, &Pages{}).ServeHTTP(answer, httptest.NewRequest("GET", "/nowhere", nil))
	if answer.Code != 404 {
		t.Errorf("status %d", answer.Code)
	}
}
