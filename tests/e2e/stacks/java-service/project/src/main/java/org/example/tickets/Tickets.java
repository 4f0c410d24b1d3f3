package org.example.tickets;

import java.util.ArrayList;
import java.util.List;

/** The open tickets, up to a limit. */
final class Tickets {
    private final int limit;
    private final List<String> titles = new ArrayList<>();

    Tickets(int limit) {
        this.limit = limit;
    }

    synchronized boolean add(String title) {
        return titles.size() < limit && titles.add(title);
    }

    synchronized List<String> all() {
        return List.copyOf(titles);
    }
}
