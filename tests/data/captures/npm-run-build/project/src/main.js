import { view } from './cart-view.js';

view();
