import { createRouter, createWebHashHistory } from "vue-router";
import Departures from "./views/Departures.vue";

export default createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: "/", component: Departures },
    { path: "/about", component: () => import("./views/About.vue") },
  ],
});
