"""Which paths the code of a service names as routes."""

import pytest

from jettison.trial.asking.routes_in_code import MOST_TRIED, routes_by_files, routes_in


@pytest.mark.parametrize(
    ("path", "text", "routes"),
    [
        ("app.js", "app.get('/convert', (q, s) => {});\napp.get('port');\n", ["/convert"]),
        (
            "app.ts",
            'app.use("/api", r);\nr.get("/items", list);\n',
            ["/items", "/api/items"],
        ),
        (
            "main.go",
            'g := e.Group("/admin")\ng.GET("/main", h)\n',
            ["/main", "/admin/main"],
        ),
        ("main.go", 'http.HandleFunc("/search", h)\n', ["/search"]),
        ("app.py", "@app.route('/about', methods=['GET'])\ndef a(): ...\n", ["/about"]),
        ("app.py", "app.router.add_get(r'/a', h), web.get('/b', h)\n", ["/a", "/b"]),
        (
            "app.py",
            "Application([(r'/items/?', ItemsHandler), (r'^/x$', web.StaticFileHandler, {}),\n"
            "(r'/(\\d+)', NumberHandler), ('/', MainHandler), ('/name', other)])\n",
            ["/items", "/x"],
        ),
        ("app.py", "@app.route('/user/<name>')\ndef a(): ...\n", []),
        (
            "a.ts",
            "@Controller('cats')\nclass A {\n  @Get('all')\n  @Get()\n",
            ["/cats/all", "/cats"],
        ),
        ("A.java", '@RequestMapping("/api")\nclass A { @GetMapping("/x")', ["/api/x"]),
        ("A.java", 'class A {\n@RequestMapping("/hi")\npublic String a() {', ["/hi"]),
        (
            "A.java",
            '@RequestMapping("/api")\n@Tag(name = "a")\npublic class A {\n'
            '@RequestMapping(value = "/x", method = RequestMethod.GET) B b() {}\n'
            '@RequestMapping(value = "/y", method = RequestMethod.POST) B c() {}\n',
            ["/api/x"],
        ),
        ("A.java", '@RequestMapping("/api/a")\nclass A {\n@GetMapping\npublic B b() {', ["/api/a"]),
        (
            "main.rs",
            'App::new().service(web::scope("/api").service(web::resource("/a").route(web::get())))\n'
            '.route("/b", web::get().to(b)).route("/b/{id}", web::get().to(c))\n',
            ["/a", "/b", "/api/a", "/api/b"],
        ),
        ("main.rs", '#[get("/a", rank = 2)]\n#[rocket::get("/b")]\n#[post("/c")]\n', ["/a", "/b"]),
        ("main.rs", '.mount("/v1", routes![a])\n#[get("/a/<id>")]\n#[get("/b")]', ["/b", "/v1/b"]),
        ("main.rs", '(&Method::GET, "/a") => a(),\n(Method::Post, "/b") => b(),', ["/a"]),
        ("main.rs", '.nest("/v1", Router::new().route("/a", get(a)))', ["/a", "/v1/a"]),
        ("a/urls.py", "path('admin/', site.urls),\npath('item/<int:pk>/', v),", ["/admin/"]),
        ("a/urls.py", "path('api/', include(r)), path('list/', v)", ["/list/", "/api/list/"]),
        ("app.js", "app.get('/logout', x); app.get('/users/:id', y); app.get('/', z)", []),
        ("app.js", "app.get('/delete-all', x); app.get('/seed', y)", []),
    ],
)
def test_routes(path: str, text: str, routes: list[str]) -> None:
    assert list(routes_in([(path, text)])) == routes


def test_the_place_of_a_controller_is_for_its_own_routes_alone() -> None:
    files = [
        ("A.java", '@RequestMapping("/a")\nclass A {\n@GetMapping("/x")\nB b() {'),
        ("C.java", '@RequestMapping("/c")\nclass C {\n@GetMapping("/y")\nB b() {'),
    ]
    assert routes_in(files) == ("/a/x", "/c/y")
    files = [
        ("main.ts", "app.setGlobalPrefix('api');\n"),
        ("a.ts", "@Controller('cats')\nclass A {\n  @Get('all')\n"),
    ]
    assert routes_in(files) == ("/cats/all", "/api/cats/all")


@pytest.mark.parametrize(
    ("path", "routes"),
    [
        ("src/routes/metrics/+server.ts", ("/metrics",)),
        ("web/src/routes/(shop)/items/+page.svelte", ("/items",)),
        ("src/app/api/items/route.ts", ("/api/items",)),
        ("app/(shop)/about/page.tsx", ("/about",)),
        ("src/routes/+page.svelte", ()),
        ("src/routes/items/[id]/+page.svelte", ()),
        ("src/routes/items/+layout.svelte", ()),
        ("app/@modal/a/page.tsx", ()),
        ("app/_own/a/page.tsx", ()),
        ("app/logout/route.ts", ()),
        ("app/items/page.test.tsx", ()),
    ],
)
def test_files_whose_folders_are_addresses(path: str, routes: tuple[str, ...]) -> None:
    assert routes_by_files([path]) == routes


def test_they_are_not_too_many() -> None:
    text = "".join(f"app.get('/a{number}', x)\n" for number in range(200))
    assert len(routes_in([("app.js", text)])) == MOST_TRIED
