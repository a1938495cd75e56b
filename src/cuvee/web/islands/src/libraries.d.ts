/** Modules that bring no types of their own. */

declare module "bootstrap/js/src/*.js";
