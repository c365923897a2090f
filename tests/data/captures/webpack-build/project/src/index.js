import { view } from './cart-view';

view();
